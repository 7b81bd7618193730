import { RtmfpError } from "../../protocol/errors.ts";
import type { ClientStream } from "../../protocol/tc/client-stream.ts";
import type { Transport } from "../../protocol/tc/transport.ts";
import type { StreamDirectory } from "../media/stream-directory.ts";
import type { Leg } from "./leg.ts";
import { PushSender } from "./push-sender.ts";

/** This server's end of a push: a player of the stream. */
export class PushLeg implements Leg {
  readonly timeout: number = Number.POSITIVE_INFINITY;
  readonly isPublishing: boolean = false;
  readonly #streams: StreamDirectory;
  readonly #app: string;
  readonly #name: string;
  readonly #onUnpublish: (now: number) => void;
  #stop: (() => void) | undefined;

  /** `onUnpublish`: the stream has ended, although the same name may be published again. */
  constructor(
    streams: StreamDirectory,
    app: string,
    name: string,
    onUnpublish: (now: number) => void,
  ) {
    this.#streams = streams;
    this.#app = app;
    this.#name = name;
    this.#onUnpublish = onUnpublish;
  }

  /** As who joins late: what was before is what the far end needs to know. */
  begin(stream: ClientStream, transport: Transport, now: number): void {
    const found = this.#streams.play(this.#app, this.#name);
    if ("code" in found) throw new RtmfpError("REJECTED", found.description);
    this.#stop = found.play(new PushSender(stream, transport, this.#onUnpublish), now);
  }

  receive(): void {}

  unpublished(): void {}

  lost(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  advance(): void {}

  end(): void {
    this.lost();
  }
}

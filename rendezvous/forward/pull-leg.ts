import { RtmfpError } from "../../protocol/errors.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { Publisher } from "../../protocol/tc/live-stream.ts";
import { classify } from "../../protocol/tc/media.ts";
import type { StreamDirectory } from "../media/stream-directory.ts";
import { Continuation } from "./continuation.ts";
import type { Leg } from "./leg.ts";

/**
 * This server's end of a pull: the publisher of the stream. When the far end is lost, the stream goes
 * on for a while without anything new, so that players notice nothing but a pause.
 */
export class PullLeg implements Leg {
  readonly #streams: StreamDirectory;
  readonly #app: string;
  readonly #name: string;
  #publisher: Publisher | undefined;
  #continuation = new Continuation();
  #endAt = Number.POSITIVE_INFINITY;

  constructor(streams: StreamDirectory, app: string, name: string) {
    this.#streams = streams;
    this.#app = app;
    this.#name = name;
  }

  get timeout(): number {
    return this.#endAt;
  }

  get isPublishing(): boolean {
    return this.#publisher !== undefined;
  }

  begin(_stream: unknown, _transport: unknown, now: number): void {
    this.#continuation.rejoin(now);
  }

  /** The stream is published when there is something of it. */
  receive(message: Message, now: number): void {
    const media = classify(message);
    if (!media || (media.kind === "data" && isForPlayers(message))) return;
    const publisher = this.#publisher ?? this.#publish(now);
    const placed = this.#continuation.place(media, now);
    this.#endAt = Number.POSITIVE_INFINITY;
    if (!placed) return;
    if (placed.afterGap) publisher.noteGap();
    publisher.write({ ...media.message, timestampMs: placed.timestampMs }, now);
  }

  /** Whatever comes next is another stream. */
  unpublished(now: number): void {
    this.end(now);
  }

  lost(now: number): void {
    if (this.#publisher) this.#endAt = Math.min(this.#endAt, now + HOLD_MS);
  }

  advance(now: number): void {
    if (now >= this.#endAt) this.end(now);
  }

  end(now: number): void {
    const publisher = this.#publisher;
    this.#publisher = undefined;
    this.#endAt = Number.POSITIVE_INFINITY;
    this.#continuation = new Continuation();
    publisher?.end(now);
  }

  #publish(now: number): Publisher {
    const answer = this.#streams.publish(this.#app, this.#name, now, (_, at) => this.end(at));
    if ("code" in answer) throw new RtmfpError("REJECTED", answer.description);
    this.#publisher = answer;
    return answer;
  }
}

/** `|RtmpSampleAccess` is what a server tells its own players: ours are told by us. */
function isForPlayers({ payload }: Message): boolean {
  return payload[3] === 0x7c;
}

/** A server that is started anew is back by then. */
const HOLD_MS = 10_000;

import type { OutgoingMessage } from "../../protocol/flow/outgoing-message.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { Publisher } from "../../protocol/tc/live-stream.ts";
import type { FailPublish } from "../../protocol/tc/server-application.ts";
import { failure } from "../../protocol/tc/status.ts";

/** What becomes of a publisher when another one wants its name. */
export type Takeover =
  /** It gives way. */
  | "always"
  /** It gives way if nothing came from it for five seconds. */
  | "silent"
  /** It stays. */
  | "never";

export interface ServedPublicationHost {
  onEnd(publication: ServedPublication): void;
}

/** Somebody publishes a stream of this server. */
export class ServedPublication implements Publisher {
  readonly #publisher: Publisher;
  readonly #host: ServedPublicationHost;
  readonly #fail: FailPublish;
  #heardAt: number;
  #isDry = false;

  constructor(publisher: Publisher, fail: FailPublish, host: ServedPublicationHost, now: number) {
    this.#publisher = publisher;
    this.#fail = fail;
    this.#host = host;
    this.#heardAt = now;
  }

  /** For how long nothing has come, ms. */
  silentMs(now: number): number {
    return now - this.#heardAt;
  }

  givesWay(takeover: Takeover, now: number): boolean {
    return takeover === "always" || (takeover === "silent" && this.silentMs(now) >= SILENCE_MS);
  }

  /** Another publisher takes its place. */
  replace(name: string, now: number): void {
    this.#fail(failure("NetStream.Publish.BadName", `${name} is published by another now.`), now);
    this.end(now);
  }

  /** Answers true when it has just fallen silent. */
  hasRunDry(now: number): boolean {
    if (this.#isDry || this.silentMs(now) < SILENCE_MS) return false;
    this.#isDry = true;
    return true;
  }

  write(message: Message, now: number, deadlineMs?: number): OutgoingMessage[] {
    this.#heardAt = now;
    this.#isDry = false;
    return this.#publisher.write(message, now, deadlineMs);
  }

  noteGap(): void {
    this.#publisher.noteGap();
  }

  end(now: number): void {
    this.#publisher.end(now);
    this.#host.onEnd(this);
  }
}

/** Live encoders send many messages a second; a mobile network may stall for one or two. */
const SILENCE_MS = 5_000;

import type { Writer } from "../bytes/writer.ts";
import type { Crypto } from "../crypto/crypto.ts";
import { RtmfpError } from "../errors.ts";
import { MAX_PINGS, PING_TIMEOUT_MS } from "../params.ts";
import { writePing } from "../wire/chunks/ping.ts";
import type { Compat } from "../wire/compat.ts";
import { markedMessage, PingMark } from "./ping-mark.ts";

/**
 * Hears once of a Ping: its round trip in ms, or undefined when it is given up. It is called within a
 * turn: it may take note, but neither throw nor change the session.
 */
export type OnPingOutcome = (roundTripMs: number | undefined) => void;

/** What Pings need of their session. */
export interface PingsHost {
  readonly crypto: Pick<Crypto, "random" | "equal">;
  readonly compat: Compat | undefined;
  say(write: (writer: Writer) => void): void;
}

interface Waiting {
  readonly message: Uint8Array;
  readonly sentAt: number;
  readonly onOutcome: OnPingOutcome;
}

/** Pings whose round trip somebody wants to know, RFC 7016 §2.3.9: each is sent once. */
export class Pings {
  readonly #host: PingsHost;
  /** The oldest first. BOUNDED: MAX_PINGS. */
  readonly #waiting: Waiting[] = [];
  #isOver = false;

  constructor(host: PingsHost) {
    this.#host = host;
  }

  /** Sends one over the session's path. Throws `CLOSED`, or `LIMIT` if too many wait for answers. */
  send(onOutcome: OnPingOutcome, now: number): void {
    if (this.#isOver) throw new RtmfpError("CLOSED", "the session is closed");
    if (this.#waiting.length >= MAX_PINGS) {
      throw new RtmfpError("LIMIT", `${MAX_PINGS} Pings wait for their answers`);
    }
    const message = markedMessage(this.#host.crypto, PingMark.roundTrip);
    this.#waiting.push({ message, sentAt: now, onOutcome });
    this.#host.say((writer) => writePing(writer, message));
  }

  /** A Ping Reply, which may be to a Ping of another kind. */
  takeReply(message: Uint8Array, now: number): void {
    // Transcribed-Flash far ends return no message: their answer is to the oldest.
    const isEmpty = this.#host.compat === "flash" && message.length === 0;
    const index = isEmpty ? 0 : this.#waiting.findIndex((ping) => this.#isOf(ping, message));
    const [ping] = index < 0 ? [] : this.#waiting.splice(index, 1);
    ping?.onOutcome(now - ping.sentAt);
  }

  /** When the next is given up; Infinity if none waits. */
  get timeout(): number {
    const [oldest] = this.#waiting;
    return oldest ? oldest.sentAt + PING_TIMEOUT_MS : Number.POSITIVE_INFINITY;
  }

  advance(now: number): void {
    while (now >= this.timeout) this.#waiting.shift()?.onOutcome(undefined);
  }

  /** The session is closed: nobody will answer any more. */
  end(): void {
    this.#isOver = true;
    for (const { onOutcome } of this.#waiting.splice(0)) onOutcome(undefined);
  }

  #isOf(ping: Waiting, message: Uint8Array): boolean {
    return this.#host.crypto.equal(ping.message, message);
  }
}

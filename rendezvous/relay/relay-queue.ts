import { Ring } from "../../protocol/bytes/ring.ts";

interface Waiting {
  readonly payload: Uint8Array;
  /** ms */
  readonly since: number;
}

/** Datagrams that wait for a slow receiver: when there is no more room, the oldest go first. */
export class RelayQueue {
  readonly #maxBytes: number;
  readonly #maxMs: number;
  /** BOUNDED: maxBytes. */
  readonly #waiting = new Ring<Waiting>();
  #bytes = 0;
  #dropped = 0;

  constructor(maxBytes: number, maxMs: number) {
    this.#maxBytes = maxBytes;
    this.#maxMs = maxMs;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Datagrams that never left it. */
  get dropped(): number {
    return this.#dropped;
  }

  push(payload: Uint8Array, now: number): void {
    this.#waiting.push({ payload, since: now });
    this.#bytes += payload.length;
    while (this.#bytes > this.#maxBytes) this.#drop();
  }

  /** The oldest that is still worth sending. */
  shift(now: number): Uint8Array | undefined {
    for (let next = this.#waiting.at(0); next; next = this.#waiting.at(0)) {
      if (now - next.since <= this.#maxMs) return this.#take();
      this.#drop();
    }
    return undefined;
  }

  #take(): Uint8Array | undefined {
    const payload = this.#waiting.shift()?.payload;
    this.#bytes -= payload?.length ?? 0;
    return payload;
  }

  #drop(): void {
    this.#take();
    this.#dropped += 1;
  }
}

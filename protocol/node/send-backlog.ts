import { Ring } from "../bytes/ring.ts";

/** Everything before this byte was written before `at`. */
interface Mark {
  readonly before: number;
  readonly at: number;
}

/** How long what waits for a socket has been waiting there, as far as somebody looked. */
export class SendBacklog {
  /** BOUNDED: MAX_MARKS. */
  readonly #marks = new Ring<Mark>();
  #written = 0;
  #markedAt = Number.NEGATIVE_INFINITY;

  /** `bytes` more were given to the socket. */
  wrote(bytes: number): void {
    this.#written += bytes;
  }

  /**
   * For how long at least the oldest of `unsentBytes` has waited, ms: it counts from the first call
   * after it was written.
   */
  lateMs(unsentBytes: number, now: number): number {
    if (unsentBytes === 0) {
      if (this.#marks.length > 0) this.#clear();
      return 0;
    }
    if (now - this.#markedAt >= MARK_MS && this.#marks.length < MAX_MARKS) {
      this.#marks.push({ before: this.#written, at: now });
      this.#markedAt = now;
    }
    const taken = this.#written - unsentBytes;
    let oldest = this.#marks.at(0);
    while (oldest && oldest.before <= taken) {
      this.#marks.shift();
      oldest = this.#marks.at(0);
    }
    return oldest ? now - oldest.at : 0;
  }

  #clear(): void {
    while (this.#marks.length > 0) this.#marks.shift();
    this.#markedAt = Number.NEGATIVE_INFINITY;
  }
}

const MARK_MS = 100;
/** A hundred seconds: who is that far behind was sent away long ago, or is sent nothing live. */
const MAX_MARKS = 1_024;

import { performance } from "node:perf_hooks";
import type { Io } from "../../protocol/io.ts";

/**
 * How long a socket or an alarm keeps the event loop from going on: the longest turn since `watch`, with
 * all datagrams that are handed over in one go. A turn in which the system took the
 * processor away, for another process or for a thread of V8 that compiles, tells nothing of itself and
 * is left out: there are thousands of others.
 */
export class Turns {
  readonly io: Io;
  #isWatching = false;
  #longestMs = 0;
  #began: { readonly at: number; readonly interruptions: number } | undefined;

  constructor(io: Io) {
    this.io = {
      ...io,
      alarm: (ring) => io.alarm(() => this.time(ring)),
      bind: (local, receive) =>
        io.bind(local, (bytes, from, next) => {
          this.#time(() => receive(bytes, from, next), next === undefined);
        }),
    };
  }

  /** Forgets what was before. */
  watch(): void {
    this.#isWatching = true;
    this.#longestMs = 0;
    this.#began = undefined;
  }

  /** Stops watching; asking the system each time is not free. */
  takeLongestMs(): number {
    this.#isWatching = false;
    return this.#longestMs;
  }

  /** All that is done in one turn. */
  time(part: () => void): void {
    this.#time(part, true);
  }

  /** `isLast`: nothing follows in the same turn of the event loop. */
  #time(part: () => void, isLast: boolean): void {
    if (!this.#isWatching) {
      part();
      return;
    }
    this.#began ??= { at: performance.now(), interruptions: interruptions() };
    part();
    if (!isLast) return;
    const { at, interruptions: before } = this.#began;
    const elapsedMs = performance.now() - at;
    if (interruptions() === before) this.#longestMs = Math.max(this.#longestMs, elapsedMs);
    this.#began = undefined;
  }
}

/** How often the system has taken the processor from a thread of this process. */
function interruptions(): number {
  return process.resourceUsage().involuntaryContextSwitches;
}

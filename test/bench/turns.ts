import { performance } from "node:perf_hooks";
import type { Io } from "../../protocol/io.ts";

/**
 * How long this process was busy with one thing at a time: the longest of all datagrams and alarms
 * since `watch`. A turn in which the system took a processor away, for another process or for a thread
 * of V8 that compiles, tells nothing of itself, and is left out: there are thousands of others.
 */
export class Turns {
  readonly io: Io;
  #isWatching = false;
  #longestMs = 0;

  constructor(io: Io) {
    this.io = {
      ...io,
      alarm: (ring) => io.alarm(() => this.time(ring)),
      bind: (local, receive) =>
        io.bind(local, (bytes, from, hasMore) => this.time(() => receive(bytes, from, hasMore))),
    };
  }

  /** Forgets what was before. */
  watch(): void {
    this.#isWatching = true;
    this.#longestMs = 0;
  }

  /** Stops watching; asking the system each time is not free. */
  takeLongestMs(): number {
    this.#isWatching = false;
    return this.#longestMs;
  }

  time(turn: () => void): void {
    if (!this.#isWatching) {
      turn();
      return;
    }
    const before = process.resourceUsage().involuntaryContextSwitches;
    const start = performance.now();
    turn();
    const elapsedMs = performance.now() - start;
    const isWhole = process.resourceUsage().involuntaryContextSwitches === before;
    if (isWhole) this.#longestMs = Math.max(this.#longestMs, elapsedMs);
  }
}

import { performance } from "node:perf_hooks";
import type { Io } from "../../protocol/io.ts";

/**
 * How long this process was busy with one thing at a time: the longest of all datagrams and alarms
 * since `watch`. Other processes take the processor away at times; that is not counted, so the
 * smaller of elapsed and processor time is it.
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

  /** Stops watching; asking the system for processor time is not free. */
  takeLongestMs(): number {
    this.#isWatching = false;
    return this.#longestMs;
  }

  time(turn: () => void): void {
    if (!this.#isWatching) {
      turn();
      return;
    }
    const usage = process.cpuUsage();
    const start = performance.now();
    turn();
    const elapsedMs = performance.now() - start;
    const { user, system } = process.cpuUsage(usage);
    this.#longestMs = Math.max(this.#longestMs, Math.min(elapsedMs, (user + system) / 1000));
  }
}

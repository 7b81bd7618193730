import { performance } from "node:perf_hooks";
import type { Io } from "../../protocol/io.ts";

/**
 * How long a socket or an alarm keeps the event loop from going on: the longest turn since `watch`, with
 * all datagrams that are handed over in one go. A turn in which somebody took the processor away tells
 * nothing of itself and is left out, there are thousands of others: the system, for another process or for
 * a thread of V8 that compiles; or the host under a virtual machine.
 */
export class Turns {
  readonly io: Io;
  #isWatching = false;
  #longestMs = 0;
  #began: Moment | undefined;

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
    this.#began ??= now();
    part();
    if (!isLast) return;
    const elapsedMs = ownMs(this.#began, now());
    if (elapsedMs !== undefined) this.#longestMs = Math.max(this.#longestMs, elapsedMs);
    this.#began = undefined;
  }
}

interface Moment {
  readonly atMs: number;
  /** Time of processors that all threads of this process had. */
  readonly usedMs: number;
  /** How often the system has taken the processor from one of them. */
  readonly interruptions: number;
  /** How often one of them has given it back. */
  readonly rests: number;
}

function now(): Moment {
  const usage = process.resourceUsage();
  return {
    atMs: performance.now(),
    usedMs: (usage.userCPUTime + usage.systemCPUTime) / 1_000,
    interruptions: usage.involuntaryContextSwitches,
    rests: usage.voluntaryContextSwitches,
  };
}

/** Undefined if the processor was taken away. */
function ownMs(from: Moment, to: Moment): number | undefined {
  const elapsedMs = to.atMs - from.atMs;
  if (to.interruptions !== from.interruptions) return undefined;
  // Who neither gave the processor back nor lost it, and has not used it either, was stopped from outside.
  const isStopped = to.rests === from.rests && to.usedMs - from.usedMs < elapsedMs * MOST_OF_IT;
  return isStopped ? undefined : elapsedMs;
}

const MOST_OF_IT = 0.75;

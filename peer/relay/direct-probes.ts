import type { Alarm, Io } from "../../protocol/io.ts";

/**
 * Looks for a direct path for a session that runs over the relay, less and less often. Both ends do
 * it at the same time: what one sends opens its NAT for what the other sends.
 */
export class DirectProbes {
  readonly #probe: () => void;
  readonly #io: Io;
  readonly #alarm: Alarm;
  #isRunning = false;
  #round = 0;

  /** `probe` asks at all places where the far end may be. */
  constructor(probe: () => void, io: Io) {
    this.#probe = probe;
    this.#io = io;
    this.#alarm = io.alarm(() => this.#next());
  }

  /** Begins, if it has not yet. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#round = 0;
    this.#next();
  }

  stop(): void {
    this.#isRunning = false;
    this.#alarm.set(Number.POSITIVE_INFINITY);
  }

  #next(): void {
    this.#probe();
    const pauseMs = PAUSES_MS[this.#round] ?? LONGEST_PAUSE_MS;
    this.#round += 1;
    if (this.#isRunning) this.#alarm.set(this.#io.now() + pauseMs);
  }
}

/** The first ones may meet NATs that the far end's probes have not opened yet. */
const PAUSES_MS = [50, 100, 150, 300, 600, 1_200, 2_500, 5_000, 10_000];
const LONGEST_PAUSE_MS = 30_000;

import type { Alarm } from "../../protocol/io.ts";
import { EventQueue } from "./queue.ts";

/** Virtual time: what happens when, and the loop that lets it happen. */
export class Timeline {
  readonly #events = new EventQueue();
  #now = 0;
  #isRunning = false;
  /** Has code outside the lab run since promises last settled? */
  #calledOut = false;

  /** Virtual time in milliseconds; starts at 0. */
  get now(): number {
    return this.#now;
  }

  /** Runs `run` at `at`, or next if that is past. `run` calls nobody outside the lab by itself. */
  schedule(at: number, run: () => void): void {
    this.#events.schedule(this.#events.event(run), this.#notPast(at));
  }

  /** An alarm as `Io` has it. Setting it to NaN throws RangeError. */
  alarm(ring: () => void): Alarm {
    const event = this.#events.event(() => this.callOut(ring));
    return {
      set: (at) => {
        if (Number.isNaN(at)) throw new RangeError("an alarm cannot be set to NaN");
        if (at === Number.POSITIVE_INFINITY) this.#events.cancel(event);
        else this.#events.schedule(event, this.#notPast(at));
      },
    };
  }

  /** Calls code outside the lab during an event: what it sets off settles before the next one. */
  callOut(call: () => void): void {
    this.#calledOut = true;
    call();
  }

  /**
   * Runs events up to and including time `untilMs`, where the clock then stands (with `Infinity`, it
   * stands at the last event), or until `isDone`, asked before each event. Answers `isDone`.
   *
   * Callbacks of an event may have settled promises. One turn of the event loop runs everything that
   * follows from it, `process.nextTick` included, before the next event: a fixed order, for about
   * 1.5 µs, and a test's timeout still works during an endless run. Events inside the network call
   * nobody and take no turn.
   */
  async run(untilMs: number, isDone: () => boolean): Promise<boolean> {
    this.#start();
    try {
      await turn();
      while (!isDone()) {
        if (!this.#step(untilMs)) return isDone();
        if (this.#calledOut) await turn();
        this.#calledOut = false;
      }
      return true;
    } finally {
      this.#isRunning = false;
    }
  }

  /** The same without a pause: promises that the events settle go on only after all of them. */
  runAtOnce(untilMs: number): void {
    this.#start();
    try {
      while (this.#step(untilMs));
    } finally {
      this.#isRunning = false;
    }
  }

  #start(): void {
    if (this.#isRunning) throw new Error("the lab is running already");
    this.#isRunning = true;
  }

  /** Runs the next event, or answers false if there is none up to `untilMs`, where the clock then stands. */
  #step(untilMs: number): boolean {
    const event = this.#events.peek();
    if (!event || event.at > untilMs) {
      if (untilMs !== Number.POSITIVE_INFINITY) this.#now = this.#notPast(untilMs);
      return false;
    }
    this.#events.cancel(event);
    this.#now = event.at;
    event.run();
    return true;
  }

  #notPast(at: number): number {
    return Math.max(this.#now, at);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

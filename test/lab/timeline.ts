import type { Alarm } from "../../protocol/io.ts";
import { EventQueue } from "./queue.ts";

/** Virtual time: what happens when, and the loop that lets it happen. */
export class Timeline {
  readonly #events = new EventQueue();
  #now = 0;
  #isRunning = false;
  /** How often code outside the lab has run since promises last settled. */
  #callsOut = 0;

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
    this.#callsOut += 1;
    call();
  }

  /**
   * Runs events up to and including time `untilMs`, where the clock then stands (with `Infinity`, it
   * stands at the last event), or until `isDone`, asked before each event. Answers `isDone`.
   *
   * Callbacks of an event may have settled promises. One turn of the event loop after so many
   * `callsPerTurn` runs everything that follows from it, `process.nextTick` included, before the next
   * event: a fixed order, for about 1.5 µs, and a test's timeout still works during an endless run.
   * Events inside the network call nobody and take no turn.
   */
  async run(untilMs: number, isDone: () => boolean, callsPerTurn: number): Promise<boolean> {
    this.#start();
    try {
      return await this.#runInTurns(() => this.#runCalls(untilMs, isDone, callsPerTurn));
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

  /**
   * Calls `goOn` in a turn of the event loop each until it answers something else than undefined. One
   * promise for them all: with one a turn, those would take longer than the events.
   */
  #runInTurns(goOn: () => boolean | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          const answer = goOn();
          if (answer === undefined) setImmediate(turn);
          else resolve(answer);
        } catch (error) {
          reject(error);
        }
      };
      setImmediate(turn);
    });
  }

  /** Runs events until they have called out so often, which answers undefined, or it is all over. */
  #runCalls(untilMs: number, isDone: () => boolean, most: number): boolean | undefined {
    this.#callsOut = 0;
    while (!isDone()) {
      if (!this.#step(untilMs)) return isDone();
      if (this.#callsOut >= most) return undefined;
    }
    return true;
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

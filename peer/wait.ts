import type { Io } from "../protocol/io.ts";
import type { WaitOptions } from "./options.ts";

/**
 * A promise for something that the machine below answers by a callback. `start` gets `resolve` and
 * `reject` and answers how to give up; that is called when the signal aborts, and the promise rejects
 * with the signal's reason. What `start` throws rejects it, too.
 */
export function wait<Value>(
  { signal }: WaitOptions,
  start: (resolve: (value: Value) => void, reject: (error: unknown) => void) => () => void,
): Promise<Value> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    let giveUp: (() => void) | undefined;
    let isSettled = false;
    let isGivenUp = false;
    const settle = (act: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      signal?.removeEventListener("abort", onAbort);
      act();
    };
    const onAbort = (): void => {
      isGivenUp = true;
      settle(() => reject(signal?.reason));
      giveUp?.();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      giveUp = start(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
    } catch (error) {
      settle(() => reject(error));
    }
    // Whatever `start` set off may have aborted the signal.
    if (isGivenUp) giveUp?.();
  });
}

/** `promise`, unless the signal aborts first: then it rejects with the signal's reason. */
export function orAborted<Value>(promise: Promise<Value>, options: WaitOptions): Promise<Value> {
  return wait(options, (resolve, reject) => {
    promise.then(resolve, reject);
    return () => undefined;
  });
}

/** Runs `act` with a signal that aborts as the caller's does, or with `late()` after `limitMs`. */
export async function within<Value>(
  limitMs: number,
  late: () => unknown,
  io: Io,
  { signal }: WaitOptions,
  act: (options: WaitOptions) => Promise<Value>,
): Promise<Value> {
  const limit = new AbortController();
  const alarm = io.alarm(() => limit.abort(late()));
  alarm.set(io.now() + limitMs);
  try {
    return await act({ signal: anyOf(signal, limit.signal) });
  } finally {
    alarm.set(Number.POSITIVE_INFINITY);
  }
}

/** Aborts when either does. */
export function anyOf(one: AbortSignal | undefined, other: AbortSignal): AbortSignal {
  return one ? AbortSignal.any([one, other]) : other;
}

/** Resolves after `ms`, or rejects with the signal's reason. */
export function pause(io: Io, ms: number, options: WaitOptions): Promise<void> {
  return wait<void>(options, (resolve) => {
    const alarm = io.alarm(resolve);
    alarm.set(io.now() + ms);
    return () => alarm.set(Number.POSITIVE_INFINITY);
  });
}

/** Those who wait for the same thing, each no longer than it likes to. */
export class Waiters {
  readonly #io: Io;
  readonly #waiting = new Set<() => void>();

  constructor(io: Io) {
    this.#io = io;
  }

  /** Resolves when they are told, or after `limitMs`. */
  wait(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        alarm.set(Number.POSITIVE_INFINITY);
        this.#waiting.delete(done);
        resolve();
      };
      const alarm = this.#io.alarm(done);
      alarm.set(this.#io.now() + limitMs);
      this.#waiting.add(done);
    });
  }

  /** It has come about. */
  tell(): void {
    for (const done of [...this.#waiting]) done();
  }
}

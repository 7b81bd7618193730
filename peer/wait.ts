import type { WaitOptions } from "./options.ts";

/**
 * A promise for something that the machine below answers by a callback. `start` gets `resolve` and
 * `reject` and answers how to give up; that is called when the signal aborts, and the promise rejects
 * with the signal's reason.
 */
export function wait<Value>(
  { signal }: WaitOptions,
  start: (resolve: (value: Value) => void, reject: (error: unknown) => void) => () => void,
): Promise<Value> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    let giveUp: (() => void) | undefined;
    let isSettled = false;
    const settle = (act: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      signal?.removeEventListener("abort", onAbort);
      act();
    };
    const onAbort = (): void => {
      settle(() => reject(signal?.reason));
      giveUp?.();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    giveUp = start(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
  });
}

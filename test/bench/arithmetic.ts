import { setImmediate as nextTurn } from "node:timers/promises";
import type { Turns } from "./turns.ts";

/**
 * Plain arithmetic, half a millisecond of it in each turn of the event loop, until it is over: turns that
 * take longer are the doing of the machine, which others share.
 */
export async function arithmetic(turns: Turns, isOver: () => boolean): Promise<void> {
  const steps = stepsOf(TURN_MS);
  while (!isOver()) {
    turns.time(() => compute(steps));
    await nextTurn();
  }
}

/** How many steps take so long when nobody is in the way. */
function stepsOf(ms: number): number {
  let quickestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    compute(STEPS);
    quickestMs = Math.min(quickestMs, performance.now() - start);
  }
  return Math.round((STEPS * ms) / quickestMs);
}

function compute(steps: number): void {
  for (let step = 0; step < steps; step += 1) takeStep();
}

/** Of its own: V8 keeps the code of a function that is called often, but not that of a long loop. */
function takeStep(): void {
  let value = state;
  for (let time = 0; time < 100; time += 1) value = (Math.imul(value, 1_664_525) + 1) | 0;
  state = value;
}

/** Kept, so that there is something to compute. */
let state = 1;

/** What many handshakes at once are given at a time. */
const TURN_MS = 0.5;
const ROUNDS = 50;
const STEPS = 1_000;

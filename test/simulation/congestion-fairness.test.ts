import assert from "node:assert/strict";
import { test } from "node:test";
import type { CongestionMode } from "../../protocol/session/congestion.ts";
import { Bottleneck } from "../support/bottleneck.ts";
import { LineModel, type LinePath } from "../support/line-model.ts";

/** Of paths that two sessions share; and for how long whole endpoints do so, which take a lot of work. */
const PATHS = [
  { bitsPerSecond: 10_000_000, roundTripMs: 50, queueBytes: 65_536, endpointsMs: 20_000 },
  { bitsPerSecond: 10_000_000, roundTripMs: 50, queueBytes: 31_250, endpointsMs: undefined },
  { bitsPerSecond: 2_000_000, roundTripMs: 40, queueBytes: 25_000, endpointsMs: 60_000 },
] as const;

/** Paths on which the queue of a fair share is no longer than a tick of the timestamps' clock. */
const FAST_PATHS = [
  { bitsPerSecond: 50_000_000, roundTripMs: 50, queueBytes: 625_000 },
  { bitsPerSecond: 100_000_000, roundTripMs: 10, queueBytes: 250_000 },
  { bitsPerSecond: 100_000_000, roundTripMs: 50, queueBytes: 1_250_000 },
] as const;

/** When the second session begins, as the first fills the path, steps back or grows again. */
const STARTS_MS = [1_000, 2_400, 4_500, 6_000, 7_300];
const SETTLING_MS = 10_000;

interface Rates {
  readonly first: number;
  readonly second: number;
}

/** Answers what is to be told of a run, in which both sessions must have had their share. */
function judge({ first, second }: Rates, bitsPerSecond: number): string {
  const share = second / (first + second);
  const fill = (first + second) / bitsPerSecond;
  const told = `the second gets ${share.toFixed(3)} of ${(fill * 100).toFixed(1)} %`;
  assert.ok(share > 0.4 && share < 0.6, told);
  assert.ok(fill >= 0.9, told);
  return told;
}

/** Two windows, of which the second begins `startMs` later: their rates after a time to settle. */
function shareLine(
  path: LinePath,
  congestion: CongestionMode,
  startMs: number,
  seconds: number,
): Rates {
  const line = new LineModel(path);
  const first = line.sender(congestion);
  line.advance(startMs);
  const second = line.sender(congestion);
  line.advance(SETTLING_MS);
  const before = { first: first.arrivedBytes, second: second.arrivedBytes };
  line.advance(seconds * 1_000);
  return {
    first: ((first.arrivedBytes - before.first) * 8) / seconds,
    second: ((second.arrivedBytes - before.second) * 8) / seconds,
  };
}

for (const congestion of ["loss", "delay"] as const) {
  for (const { endpointsMs, ...path } of PATHS) {
    const { bitsPerSecond, roundTripMs, queueBytes } = path;
    const name = `${bitsPerSecond / 1e6} Mbit/s, ${roundTripMs} ms and a queue of ${queueBytes} bytes`;

    test(`${congestion}: two windows get 0.4 to 0.6 each of ${name}, whenever the second begins`, (t) => {
      for (const startMs of STARTS_MS) {
        const rates = shareLine(path, congestion, startMs, 60);
        t.diagnostic(`after ${startMs} ms: ${judge(rates, bitsPerSecond)}`);
      }
    });

    if (endpointsMs === undefined) continue;
    test(`${congestion}: two equal sessions get 0.4 to 0.6 each of ${name}`, async (t) => {
      const bottleneck = new Bottleneck({ ...path, seed: 1, congestion });
      const first = await bottleneck.sender();
      first.flood(60);
      await bottleneck.lab.advance(1_700);
      const second = await bottleneck.sender();
      second.flood(60);
      await bottleneck.lab.advance(SETTLING_MS);
      first.restart();
      second.restart();
      await bottleneck.lab.advance(endpointsMs);
      const rates = { first: first.bitsPerSecond, second: second.bitsPerSecond };
      t.diagnostic(judge(rates, bitsPerSecond));
    });
  }
}

for (const path of FAST_PATHS) {
  const { bitsPerSecond, roundTripMs } = path;
  test(`delay: two windows get 0.4 to 0.6 each of ${bitsPerSecond / 1e6} Mbit/s and ${roundTripMs} ms`, (t) => {
    for (const startMs of [1_000, 6_000]) {
      const rates = shareLine(path, "delay", startMs, 30);
      t.diagnostic(`after ${startMs} ms: ${judge(rates, bitsPerSecond)}`);
    }
  });
}

/** Real peers and the real server behind pairs of NATs: a fixed part of `rtmfp lab matrix`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { meet } from "../../bin/lab/meeting.ts";
import { DIRECT_WAYS, type MeetingResult } from "../../bin/lab/meeting-result.ts";
import { expected, type Meeting, type NatClass, type NatSettings, natClass } from "../lab/index.ts";

const ROUND_TRIP_MS = 40;
/** The bound for the first message of each to the other, over whatever path. */
const FIRST_MESSAGE_MS = 2 * ROUND_TRIP_MS + 100;
const LIMIT_MS = 10_000;
/** To hear of each other, and to get through in three round trips. */
const D_MS = ROUND_TRIP_MS / 2 + 3 * ROUND_TRIP_MS;

type Pair = readonly [one: NatClass, other: NatClass];

function pairs(...keys: readonly string[]): Pair[] {
  return keys.map((key) => {
    const [one = "", other = ""] = key.split(" × ");
    return [natClass(one), natClass(other)];
  });
}

/** As the matrix: each end is the initiator in every other meeting. */
async function meetings([one, other]: Pair, seeds: number): Promise<MeetingResult[]> {
  const results: MeetingResult[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const [initiator, responder] = seed % 2 === 1 ? [one, other] : [other, one];
    results.push(await meet({ initiator, responder, seed, limitMs: LIMIT_MS }));
  }
  return results;
}

interface Demand {
  readonly seeds: number;
  /** Of the meetings that have to become direct. */
  readonly share: number;
  readonly withinMs: number;
}

function check(
  name: string,
  theory: Meeting,
  { seeds, share, withinMs }: Demand,
  all: Pair[],
): void {
  test(`${name}, seeds 1 to ${seeds}`, async () => {
    const failures: string[] = [];
    for (const pair of all) {
      const [one, other] = pair;
      assert.equal(expected(one, other), theory, `${one.key} × ${other.key}`);
      const results = await meetings(pair, seeds);
      const inTime = results.filter(
        ({ directMs }) => directMs !== undefined && directMs <= withinMs,
      );
      const isInTouch = results.every(
        ({ firstMessageMs = Number.NaN }) => firstMessageMs <= FIRST_MESSAGE_MS,
      );
      if (inTime.length >= share * seeds && isInTouch) continue;
      failures.push(`${one.key} × ${other.key}: ${JSON.stringify(results)}`);
    }
    assert.deepEqual(failures, []);
  });
}

check(
  "D: all direct, within three round trips of being introduced",
  "D",
  { seeds: 2, share: 1, withinMs: D_MS },
  pairs(
    ...["open × open", "open × eim-apdf", "open × apdm-apdf-random", "open × adm-apdf-sequential"],
    ...["firewall × firewall", "firewall × linux-accept", "eim-eif × apdm-eif-random"],
    ...["eim-adf × apdm-apdf-block", "eim-apdf × eim-apdf", "eim-apdf × linux", "linux × linux"],
    ...["linux × linux-accept", "linux-accept × linux-accept", "eim-eif × eim-adf"],
    ...["cgn × cgn", "cgn × linux"],
  ),
);

check(
  "P: at least 95 % by prediction",
  "P",
  { seeds: 20, share: 0.95, withinMs: LIMIT_MS },
  pairs(
    ...["linux × adm-apdf-sequential", "eim-apdf × apdm-apdf-sequential"],
    "apdm-apdf-sequential × adm-apdf-sequential",
  ),
);

check(
  "B: at least 95 % by birthday, within 10 s",
  "B",
  { seeds: 20, share: 0.95, withinMs: LIMIT_MS },
  pairs("linux × apdm-apdf-random", "eim-apdf × apdm-adf-random", "linux-accept × apdm-apdf-block"),
);

check(
  "scan: at least 90 % within 10 s",
  "scan",
  { seeds: 20, share: 0.9, withinMs: LIMIT_MS },
  pairs("apdm-apdf-block × apdm-apdf-block"),
);

/** Nobody gets in over TCP either. */
const HARD_AND_BLOCKED: NatSettings = { mapping: "address-and-port-dependent", blocksUdp: true };
const HOTEL: NatClass = { key: "hotel", words: "no UDP, hard", layers: [HARD_AND_BLOCKED] };

check("R: all in touch at once, over the relay or TCP", "R", { seeds: 2, share: 0, withinMs: 0 }, [
  ...pairs(
    ...["apdm-apdf-random × apdm-apdf-random", "apdm-apdf-sequential × apdm-apdf-random"],
    ...["apdm-adf-random × apdm-apdf-block", "udp-blocked × udp-blocked", "open × udp-blocked"],
    ...["udp-blocked × linux", "apdm-apdf-random × udp-blocked"],
  ),
  [HOTEL, HOTEL],
  [HOTEL, natClass("linux")],
]);

test("the same seed is the same meeting", async () => {
  const [initiator, responder] = [natClass("linux"), natClass("apdm-apdf-random")];
  const plan = { initiator, responder, seed: 7, limitMs: LIMIT_MS };
  const [one, again] = [await meet(plan), await meet(plan)];
  assert.deepEqual(one, again);
  assert.ok(DIRECT_WAYS.includes(one.way));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { closeStations, connectedStations } from "../support/two-stations.ts";

const SESSIONS = 60;
const MESSAGES = 10;

/** Sparse messages in sessions that are new: no acknowledgement of later data tells of their loss. */
test("a lost message at the end of what there is to send is repeated soon", async (t) => {
  const latenciesMs: number[] = [];
  for (let seed = 1; seed <= SESSIONS; seed += 1) {
    const { lab, one, other } = await connectedStations(seed, { loss: 0.05, delayMs: 25 });
    other.onEvent = (event, now) => {
      if (event.type !== "message") return;
      latenciesMs.push(now - Number(new TextDecoder().decode(event.bytes)));
    };
    const flow = one.openFlow("sparse");
    for (let count = 0; count < MESSAGES; count += 1) {
      one.send(flow, `${lab.now}`);
      await lab.advance(700);
    }
    await lab.runUntil(() => flow.queuedBytes === 0, 60_000);
    await closeStations(lab, one, other);
  }
  latenciesMs.sort((first, second) => first - second);
  const share = (part: number): number => latenciesMs[Math.floor(latenciesMs.length * part)] ?? 0;
  t.diagnostic(
    `seeds 1 to ${SESSIONS}: p50 ${share(0.5)}, p99 ${share(0.99)}, all ${share(0.999)} ms`,
  );
  assert.equal(latenciesMs.length, SESSIONS * MESSAGES);
  assert.ok(share(0.99) < 700, `${share(0.99)}`);
  assert.ok(share(0.999) < 2_500, `${share(0.999)}`);
});

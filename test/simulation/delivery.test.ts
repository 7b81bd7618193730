import assert from "node:assert/strict";
import { test } from "node:test";
import { Lab } from "../lab/index.ts";
import { Station } from "../support/station.ts";

const SEEDS = 200;
const MESSAGES = 60;

test("§3.6 200 seeds of 20 % loss, duplication and reordering: everything once and in order", async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const lab = new Lab({
      seed,
      isPromiseFree: true,
      conditions: {
        delayMs: 30,
        jitterMs: 20,
        loss: 0.2,
        duplicate: 0.05,
        reorder: 0.2,
        reorderMs: 40,
      },
    });
    const one = await new Station(lab.host("10.0.0.1").io, 0).listen("10.0.0.1", 1935);
    const other = await new Station(lab.host("10.0.0.2").io, 1).listen("10.0.0.2", 1935);
    one.dial(other);
    await lab.runUntil(() => one.sessions.length > 0, 60_000);
    const sent: string[] = [];
    const flow = one.openFlow("reliable");
    for (let index = 0; index < MESSAGES; index += 1) {
      const text = `${index} ${"x".repeat(lab.random.below(4_000))}`;
      sent.push(text);
      one.send(flow, text);
    }
    await lab.runUntil(() => flow.queuedBytes === 0, 60_000);
    const got = other.messages.map(({ text }) => text);
    assert.deepEqual(got, sent, `seed ${seed}`);
    await lab.complete(Promise.all([one.driver.close(), other.driver.close()]), 10_000);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { closeStations, connectedStations } from "../support/two-stations.ts";

/** Some traffic under loss; answers what stands for every datagram and its fate. */
async function run(seed: number): Promise<string> {
  const conditions = { delayMs: 25, jitterMs: 10, loss: 0.1, duplicate: 0.05, reorder: 0.05 };
  const { lab, one, other } = await connectedStations(seed, conditions);
  const flow = one.openFlow("bulk");
  for (let count = 0; count < 20; count += 1) {
    one.send(flow, "x".repeat(lab.random.below(5_000)), count % 3 === 0 ? 200 : undefined);
    await lab.advance(20);
  }
  await lab.advance(30_000);
  await closeStations(lab, one, other);
  return lab.traceHash();
}

test("the same seed is the same run, datagram for datagram; another seed is not", async () => {
  const [first, again, another] = [await run(7), await run(7), await run(8)];
  assert.equal(first, again);
  assert.notEqual(first, another);
});

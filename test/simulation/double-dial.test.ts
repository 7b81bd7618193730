import assert from "node:assert/strict";
import { test } from "node:test";
import { eachSeed } from "../support/seeds.ts";
import { closeStations, connectedStations, twoStations } from "../support/two-stations.ts";

test("§3.5.1.1.1 dials to the same far end at once are answered by one session", async () => {
  await eachSeed(30, async (seed) => {
    const { lab, one, other } = await twoStations(seed, { loss: 0.1, jitterMs: 10 });
    const openings = [one.dial(other)];
    for (let count = 0; count < 3; count += 1) {
      await lab.advance(lab.random.below(30));
      openings.push(one.dial(other));
    }
    const isAnswered = (): boolean => openings.every((opening) => one.sessionOf(opening));
    await lab.runUntil(isAnswered, 60_000);
    lab.setConditions({ loss: 0 });
    await lab.advance(5_000);
    for (const station of [one, other]) {
      assert.equal(new Set(station.sessions).size, 1);
      assert.equal(station.driver.endpoint.stats.sessions, 1);
    }
    await closeStations(lab, one, other);
  });
});

test("§3.5.1.1.1 a dial to a far end with an open session is answered by that, from either side", async () => {
  const { lab, one, other } = await connectedStations(1);
  await lab.advance(5_000);
  const [again, back] = [one.dial(other), other.dial(one)];
  await lab.advance(1_000);
  assert.equal(one.sessionOf(again), one.sessions[0]);
  assert.equal(other.sessionOf(back), other.sessions[0]);
  assert.equal(one.driver.endpoint.stats.sessions, 1);
  await closeStations(lab, one, other);
});

test("a dial that was abandoned is not answered and opens nothing", async () => {
  const { lab, one, other } = await twoStations(1);
  for (const ms of [0, 15, 25, 35]) {
    const opening = one.dial(other);
    await lab.advance(ms);
    one.driver.turn(() => one.driver.endpoint.abandon(opening));
  }
  await lab.advance(30_000);
  assert.deepEqual([one.sessions, one.eventsOf("open-failed")], [[], []]);
  assert.equal(other.driver.endpoint.stats.sessions, 0, "what it opened meanwhile is given up");
  await closeStations(lab, one, other);
});

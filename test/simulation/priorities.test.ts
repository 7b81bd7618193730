import assert from "node:assert/strict";
import { test } from "node:test";
import { closeStations, connectedStations } from "../support/two-stations.ts";

const FLOWS = 40;
const PRIORITIES = 8;

test("many flows over a slow line: the higher the priority the sooner, and all arrive", async () => {
  const { lab, one, other } = await connectedStations(1);
  lab.path("10.0.0.1", "10.0.0.2").set({ bytesPerSecond: 250_000, loss: 0.01 });
  const flows = Array.from({ length: FLOWS }, (_, index) =>
    one.openFlow(`${index % PRIORITIES}`, { priority: index % PRIORITIES }),
  );
  for (const flow of flows) {
    for (let count = 0; count < 5; count += 1) one.send(flow, `${count} ${"x".repeat(4_000)}`);
  }
  await lab.runUntil(() => flows.every((flow) => flow.queuedBytes === 0), 60_000);
  assert.equal(other.messages.length, FLOWS * 5);
  const places = new Map<number, number[]>();
  other.messages.forEach(({ flow }, place) => {
    const priority = Number(new TextDecoder().decode(flow.metadata));
    places.set(priority, [...(places.get(priority) ?? []), place]);
  });
  const mean = (priority: number): number => {
    const list = places.get(priority) ?? [];
    return list.reduce((sum, place) => sum + place, 0) / list.length;
  };
  for (let priority = 1; priority < PRIORITIES; priority += 1) {
    assert.ok(mean(priority) < mean(priority - 1), `priority ${priority} came first`);
  }
  await closeStations(lab, one, other);
});

test("flows of one priority share the line evenly", async () => {
  const { lab, one, other } = await connectedStations(1);
  // A lost message costs its flow a turn: here none is.
  lab.path("10.0.0.1", "10.0.0.2").set({ bytesPerSecond: 250_000, queueBytes: 1_000_000 });
  const flows = Array.from({ length: 5 }, (_, index) => one.openFlow(`${index}`));
  for (const flow of flows) {
    for (let count = 0; count < 200; count += 1) one.send(flow, "x".repeat(1_000));
  }
  await lab.runUntil(() => other.messages.length > 300, 60_000);
  const queued = flows.map((flow) => flow.queuedBytes);
  assert.ok(Math.max(...queued) - Math.min(...queued) < 6_000, `${queued} bytes are left`);
  await closeStations(lab, one, other);
});

test("an urgent message does not wait behind bulk data", async () => {
  const { lab, one, other } = await connectedStations(1);
  lab.path("10.0.0.1", "10.0.0.2").set({ bytesPerSecond: 125_000, queueBytes: 20_000 });
  const bulk = one.openFlow("bulk", { priority: 1 });
  for (let count = 0; count < 100; count += 1) one.send(bulk, "x".repeat(10_000));
  await lab.advance(2_000);
  const since = lab.now;
  one.send(one.openFlow("urgent", { priority: 7 }), "now!");
  await lab.runUntil(() => other.texts.includes("now!"), 5_000);
  assert.ok(lab.now - since < 500, `took ${lab.now - since} ms`);
  await closeStations(lab, one, other);
});

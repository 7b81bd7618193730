import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecvFlow } from "../../../protocol/flow/recv-flow.ts";
import {
  BARRIER_LIMIT_MS,
  FlowBarriers,
  MAX_OPEN_BARRIERS,
} from "../../../protocol/tc/flow-barriers.ts";
import { Receiver, userData } from "../../support/receiver.ts";

/** So many flows, and what was released of them. */
function barriersOf(count: number): { barriers: FlowBarriers; flows: RecvFlow[]; freed: number[] } {
  const receiver = new Receiver();
  for (let flowId = 1; flowId <= count; flowId += 1)
    receiver.flows.receive(userData({ flowId }), 0);
  const freed: number[] = [];
  const barriers = new FlowBarriers((flow) => freed.push(flow.id));
  return { barriers, flows: receiver.opened, freed };
}

function arrive(
  barriers: FlowBarriers,
  flow: RecvFlow | undefined,
  syncId: number,
  count: number,
): boolean {
  assert.ok(flow);
  return barriers.arrive(flow, { syncId, count }, true, 0) !== undefined;
}

test("§5.2 flows are held until all that are counted have arrived, and the last not at all", () => {
  const { barriers, flows, freed } = barriersOf(3);
  assert.ok(arrive(barriers, flows[0], 8, 3));
  assert.ok(arrive(barriers, flows[1], 8, 3));
  assert.deepEqual(freed, []);
  assert.ok(!arrive(barriers, flows[2], 8, 3));
  assert.deepEqual([freed, barriers.size], [[1, 2], 0]);
});

test("§5.2 barriers are told apart by their ID, and an ID may be used again", () => {
  const { barriers, flows, freed } = barriersOf(3);
  for (let round = 0; round < 2; round += 1) {
    arrive(barriers, flows[0], 8, 2);
    arrive(barriers, flows[1], 13, 2);
    arrive(barriers, flows[2], 13, 2);
    assert.deepEqual(freed.splice(0), [2]);
    arrive(barriers, flows[2], 8, 2);
    assert.deepEqual(freed.splice(0), [1]);
  }
});

test("§5.2 a count of 0 or 1 holds nothing", () => {
  const { barriers, flows } = barriersOf(1);
  for (const count of [0, 1]) assert.ok(!arrive(barriers, flows[0], 8, count));
  assert.equal(barriers.size, 0);
});

test("a flow in network order counts and is not held", () => {
  const { barriers, flows, freed } = barriersOf(2);
  const [one, other] = flows;
  assert.ok(one && other);
  assert.equal(barriers.arrive(one, { syncId: 1, count: 2 }, false, 0), undefined);
  assert.ok(!arrive(barriers, other, 1, 2));
  assert.deepEqual([freed, barriers.size], [[], 0]);
});

test("a far end opens so many barriers; more are ignored and hold nothing", () => {
  const { barriers, flows } = barriersOf(MAX_OPEN_BARRIERS + 1);
  for (let id = 0; id < MAX_OPEN_BARRIERS; id += 1) assert.ok(arrive(barriers, flows[id], id, 2));
  assert.ok(!arrive(barriers, flows[MAX_OPEN_BARRIERS], 99, 2));
  assert.equal(barriers.size, MAX_OPEN_BARRIERS);
});

test("a barrier that waits in vain is given up", () => {
  const { barriers, flows, freed } = barriersOf(2);
  const [one] = flows;
  assert.ok(one);
  assert.equal(barriers.arrive(one, { syncId: 1, count: 2 }, true, 100), 100 + BARRIER_LIMIT_MS);
  barriers.expire(99 + BARRIER_LIMIT_MS);
  assert.deepEqual(freed, []);
  barriers.expire(100 + BARRIER_LIMIT_MS);
  assert.deepEqual([freed, barriers.size], [[1], 0]);
});

test("a barrier does not wait for flows that have ended", () => {
  const { barriers, flows, freed } = barriersOf(3);
  arrive(barriers, flows[0], 1, 3);
  arrive(barriers, flows[1], 1, 3);
  assert.ok(flows[1] && flows[2]);
  barriers.forget(flows[2], 2);
  assert.deepEqual([freed, barriers.size], [[1, 2], 0]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MAX_CONTROL_CHUNKS } from "../../../protocol/params.ts";
import { ControlQueue } from "../../../protocol/session/control-queue.ts";

function push(queue: ControlQueue, length: number, fill: number): void {
  queue.push((writer) => writer.put(new Uint8Array(length).fill(fill)));
}

/** The chunks of a packet with so much room behind its header. */
function packet(queue: ControlQueue, room: number): number[] {
  const writer = new Writer(64, HEADER_BYTES + room);
  writer.put(new Uint8Array(HEADER_BYTES));
  queue.writeTo(writer);
  return [...writer.bytes().subarray(HEADER_BYTES)];
}

const HEADER_BYTES = 5;

test("chunks go out in order, as many as fit", () => {
  const queue = new ControlQueue();
  assert.ok(queue.isEmpty);
  for (const fill of [1, 2, 3]) push(queue, 2, fill);
  assert.deepEqual(packet(queue, 5), [1, 1, 2, 2]);
  assert.deepEqual(packet(queue, 5), [3, 3]);
  assert.ok(queue.isEmpty);
});

test("a chunk that does not fit into what is left waits, one that never fits is dropped", () => {
  const queue = new ControlQueue();
  push(queue, 2, 1);
  push(queue, 4, 2);
  push(queue, 6, 3);
  push(queue, 1, 4);
  assert.deepEqual(packet(queue, 5), [1, 1]);
  assert.deepEqual(packet(queue, 5), [2, 2, 2, 2, 4]);
  assert.ok(queue.isEmpty);
});

test("what comes on top of a full queue is dropped", () => {
  const queue = new ControlQueue();
  for (let count = 0; count < MAX_CONTROL_CHUNKS + 10; count += 1) push(queue, 1, count);
  assert.equal(packet(queue, 1_000).length, MAX_CONTROL_CHUNKS);
});

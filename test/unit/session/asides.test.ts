import assert from "node:assert/strict";
import { test } from "node:test";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MAX_CONTROL_CHUNKS } from "../../../protocol/params.ts";
import { Asides } from "../../../protocol/session/asides.ts";
import type { Path } from "../../../protocol/session/events.ts";

const path: Path = { link: 0, address: { ip: "192.0.2.1", port: 1935 } };
const otherPath: Path = { ...path, link: 1 };

/** What goes into the next packet with so much room, and where that goes. */
function take(asides: Asides, room = 100): { path: Path | undefined; bytes: number[] } {
  const writer = new Writer(room, room);
  const to = asides.path;
  asides.writeTo(writer);
  return { path: to, bytes: [...writer.bytes()] };
}

test("asides go out in order, each over its path; what comes on top of a full queue is dropped", () => {
  const asides = new Asides();
  for (let count = 0; count < MAX_CONTROL_CHUNKS + 10; count += 1) {
    asides.push({ ...path, link: count }, (writer) => writer.u8(count));
  }
  for (let count = 0; count < MAX_CONTROL_CHUNKS; count += 1) {
    assert.deepEqual(take(asides), { path: { ...path, link: count }, bytes: [count] });
  }
  assert.ok(asides.isEmpty);
  assert.deepEqual(take(asides), { path: undefined, bytes: [] });
});

test("those that follow each other over one path share its packets", () => {
  const asides = new Asides();
  for (const chunk of [1, 2, 3]) asides.push({ ...path }, (writer) => writer.u8(chunk).u8(0));
  asides.push(otherPath, (writer) => writer.u8(4));
  asides.push(path, (writer) => writer.u8(5));
  assert.deepEqual(take(asides, 5), { path, bytes: [1, 0, 2, 0] });
  assert.deepEqual(take(asides), { path, bytes: [3, 0] });
  assert.deepEqual(take(asides), { path: otherPath, bytes: [4] });
  assert.deepEqual(take(asides), { path, bytes: [5] });
});

test("what fits into no packet is dropped, and what follows it is not", () => {
  const asides = new Asides();
  asides.push(otherPath, (writer) => writer.fill(1, 101));
  asides.push(path, (writer) => writer.fill(1, 101));
  asides.push(path, (writer) => writer.u8(2));
  assert.deepEqual(take(asides), { path: otherPath, bytes: [] });
  assert.deepEqual(take(asides), { path, bytes: [2] });
  assert.ok(asides.isEmpty);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AmfValue } from "../../../protocol/amf/value.ts";
import { RtmfpError } from "../../../protocol/errors.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import { decodeSharedObject, encodeSharedObject } from "../../../protocol/rtmp/shared-object.ts";
import { pair, SharedObjectLine, serverOf, settle } from "../../support/shared-object-line.ts";

function entries(object: { readonly data: ReadonlyMap<string, AmfValue> }): [string, AmfValue][] {
  return [...object.data];
}

test("§7.1.3 use is answered with success, clear and all slots; one change is one version", () => {
  const { one, other } = pair();
  const [object, notes] = one.open("room");
  settle(one);
  assert.deepEqual(notes.changes, [{ code: "clear" }]);
  object.set("x", 1, 0);
  object.set("y", "two", 0);
  settle(one);
  assert.equal(object.version, 2);
  const [copy, seen] = other.open("room");
  other.carryUp();
  assert.deepEqual(
    other.carryDown().map(({ type }) => type),
    ["useSuccess", "clear", "change", "change"],
  );
  assert.deepEqual(entries(copy), [
    ["x", 1],
    ["y", "two"],
  ]);
  assert.equal(copy.version, 2);
  assert.equal(seen.syncs, 1);
});

test("§7.1.3 whoever asks for a change gets success, all others the change", () => {
  const { one, other } = pair();
  const [object, notes] = one.open("room");
  const [copy, seen] = other.open("room");
  settle(one, other);
  object.set("x", [1, 2], 0);
  assert.deepEqual(object.data.get("x"), [1, 2]); // at once
  one.carryUp();
  assert.deepEqual(one.carryDown(), [{ type: "success", name: "x" }]);
  assert.deepEqual(
    other.carryDown().map(({ type }) => type),
    ["change"],
  );
  assert.deepEqual(copy.data.get("x"), [1, 2]);
  assert.deepEqual(notes.changes.at(-1), { code: "success", name: "x" });
  assert.deepEqual(seen.changes.at(-1), { code: "change", name: "x" });
});

test("several requests in one message are one version and one message to the others", () => {
  const { one, other } = pair();
  one.open("room");
  other.open("room");
  settle(one, other);
  const value = Uint8Array.of(1, 1);
  const events = [
    { type: "requestChange", name: "x", value },
    { type: "requestChange", name: "y", value },
    { type: "requestRemove", name: "x" },
  ] as const;
  const content = { name: "room", version: 0, isPersistent: false, events };
  one.access.receive(encodeSharedObject(content, MessageType.sharedObjectAmf0), 0);
  assert.equal(other.down.length, 1);
  const told = other.down.map((message) => decodeSharedObject(message))[0];
  assert.equal(told?.version, 1);
  assert.deepEqual(
    told?.events.map(({ type }) => type),
    ["change", "change", "remove"],
  );
});

test("two change a slot at once: the first has it, the other hears so", () => {
  const { one, other } = pair();
  const [object] = one.open("room");
  const [copy, seen] = other.open("room");
  settle(one, other);
  object.set("x", "before", 0);
  settle(one, other);
  object.set("x", "mine", 0);
  copy.set("x", "yours", 0);
  settle(one, other);
  assert.equal(object.data.get("x"), "mine");
  assert.equal(copy.data.get("x"), "mine");
  assert.ok(seen.changes.some(({ code }) => code === "reject"));
  copy.set("x", "yours", 0);
  settle(one, other);
  assert.equal(object.data.get("x"), "yours");
});

test("whoever changes what is his own need not wait for the answers", () => {
  const { one, other } = pair();
  const [object] = one.open("room");
  const [copy] = other.open("room");
  settle(one, other);
  for (let value = 1; value <= 5; value += 1) object.set("x", value, 0);
  settle(one, other);
  assert.equal(object.data.get("x"), 5);
  assert.equal(copy.data.get("x"), 5);
});

test("a slot is removed by name, or by being set to nothing", () => {
  const { one, other } = pair();
  const [object] = one.open("room");
  const [copy, seen] = other.open("room");
  settle(one, other);
  object.set("x", 1, 0);
  object.set("y", 1, 0);
  object.set("z", 1, 0);
  settle(one, other);
  object.delete("x", 0);
  object.set("y", null, 0);
  object.set("z", undefined, 0);
  object.delete("never", 0);
  settle(one, other);
  assert.deepEqual(entries(copy), []);
  assert.deepEqual(entries(object), []);
  assert.deepEqual(
    seen.changes.slice(-3).map(({ code }) => code),
    ["delete", "delete", "delete"],
  );
});

test("§7.1.3 a message goes to all, its sender among them, and is no change", () => {
  const { one, other } = pair();
  const [object, notes] = one.open("room");
  const [copy, seen] = other.open("room");
  settle(one, other);
  object.send("say", ["hello", { from: 1 }], 0);
  settle(one, other);
  for (const { sent } of [notes, seen]) {
    assert.deepEqual(JSON.stringify(sent), '[["say","hello",{"from":1}]]');
  }
  assert.equal(copy.version, 0);
});

test("clients of AMF3 and AMF0 share an object", () => {
  const server = serverOf();
  const one = new SharedObjectLine(server, "live", 3);
  const other = new SharedObjectLine(server, "live", 0);
  const [object] = one.open("room");
  const [copy] = other.open("room");
  settle(one, other);
  object.set("list", [1, "two", { three: 3 }], 0);
  object.set("bytes", Uint8Array.of(1, 2), 0);
  copy.set("old", "AMF0", 0);
  settle(one, other);
  assert.equal(JSON.stringify(copy.data.get("list")), '[1,"two",{"three":3}]');
  assert.equal(typeof copy.data.get("bytes"), "symbol"); // unsupported
  assert.deepEqual(object.data.get("bytes"), Uint8Array.of(1, 2));
  assert.equal(object.data.get("old"), "AMF0");
});

test("an object has one application, and is either temporary or persistent", () => {
  const server = serverOf();
  const one = new SharedObjectLine(server, "live");
  const elsewhere = new SharedObjectLine(server, "else");
  const [object] = one.open("room");
  const [copy] = elsewhere.open("room");
  object.set("x", 1, 0);
  settle(one, elsewhere);
  assert.deepEqual(entries(copy), []);
  const third = new SharedObjectLine(server, "live");
  const [, notes] = third.open("room", true);
  settle(third);
  assert.deepEqual(notes.codes, ["SharedObject.BadPersistence"]);
});

test("a temporary object goes with its last user, a persistent one when it is empty", () => {
  const { one, other, server } = pair();
  const [object] = one.open("room");
  const [kept] = other.open("score", true);
  object.set("x", 1, 0);
  kept.set("x", 1, 0);
  settle(one, other);
  assert.equal(server.size, 2);
  one.access.end();
  kept.close(0);
  settle(other);
  assert.equal(server.size, 1);
  const [again] = other.open("score", true);
  settle(other);
  assert.deepEqual(entries(again), [["x", 1]]);
  again.delete("x", 0);
  again.close(0);
  settle(other);
  assert.equal(server.size, 0);
});

test("whoever does not use an object changes nothing", () => {
  const { one, other } = pair();
  const [object] = one.open("room");
  const [copy] = other.open("room");
  settle(one, other);
  object.close(0);
  settle(one, other);
  const value = Uint8Array.of(1, 1);
  const events = [{ type: "requestChange", name: "x", value }] as const;
  const content = { name: "room", version: 0, isPersistent: false, events };
  one.access.receive(encodeSharedObject(content, MessageType.sharedObjectAmf0), 0);
  settle(one, other);
  assert.deepEqual(entries(copy), []);
  object.set("x", 1, 0); // closed: goes nowhere
  assert.equal(one.up.length, 0);
});

test("a client opens an object once; it is told when the connection ends", () => {
  const { one } = pair();
  const [, notes] = one.open("room");
  const isBadName = (error: unknown): boolean =>
    error instanceof RtmfpError && error.code === "BAD_NAME";
  assert.throws(() => one.open("room"), isBadName);
  one.objects.end(0);
  assert.equal(notes.ends, 1);
});

/** [what is done, by which of three clients, to which of three slots] */
const steps = fc.array(
  fc.tuple(
    fc.constantFrom("set", "delete", "up", "down"),
    fc.nat(2),
    fc.constantFrom("x", "y", "z"),
  ),
  { maxLength: 60 },
);

test("however messages cross, all clients end with the same slots", () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const server = serverOf();
      const lines = [0, 1, 2].map(() => new SharedObjectLine(server));
      const objects = lines.map((line) => line.open("room")[0]);
      settle(...lines);
      for (const [index, [what, who, slot]] of plan.entries()) {
        if (what === "set") objects[who]?.set(slot, index, 0);
        else if (what === "delete") objects[who]?.delete(slot, 0);
        else if (what === "up") lines[who]?.carryUp();
        else lines[who]?.carryDown();
      }
      settle(...lines);
      const sorted = objects.map((object) =>
        entries(object).sort(([one], [other]) => one.localeCompare(other)),
      );
      assert.deepEqual(sorted[1], sorted[0]);
      assert.deepEqual(sorted[2], sorted[0]);
    }),
    { numRuns: 500 },
  );
});

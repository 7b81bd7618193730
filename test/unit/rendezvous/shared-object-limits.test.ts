import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fullSharedObjectLimits,
  type SharedObjectOptions,
} from "../../../rendezvous/shared-objects/shared-object-limits.ts";
import { pair, SharedObjectLine, settle } from "../../support/shared-object-line.ts";

test("slots, bytes, objects, users and what one client uses have limits", () => {
  const refused = ["SharedObject.ObjectCreationFailed"];
  const noRoom = "SharedObject.NoWriteAccess";
  const { one, other, server } = pair({
    maxSlots: 2,
    maxObjectBytes: 400,
    maxObjectsPerApp: 2,
    maxObjects: 3,
    maxUsers: 1,
    maxObjectsPerClient: 2,
  });
  const [object, notes] = one.open("room");
  object.set("a", 1, 0);
  object.set("b", 1, 0);
  object.set("c", 1, 0);
  object.set("a", "x".repeat(400), 0);
  settle(one);
  assert.deepEqual(notes.codes, [noRoom, noRoom]);
  const [, second] = other.open("room");
  settle(other);
  assert.deepEqual(second.codes, refused);
  one.open("room2");
  const [, third] = one.open("room3");
  settle(one);
  assert.deepEqual(third.codes, refused);
  const [, sameApp] = other.open("room3");
  settle(other);
  assert.deepEqual(sameApp.codes, refused);
  const elsewhere = new SharedObjectLine(server, "else");
  elsewhere.open("room");
  const [, tooMany] = elsewhere.open("room2");
  settle(elsewhere);
  assert.deepEqual(tooMany.codes, refused);
  assert.equal(server.size, 3);
});

test("the bytes of all objects together have a limit, and come back", () => {
  const { one, server } = pair({ maxBytes: 1_000 });
  const [object, notes] = one.open("room");
  object.set("x", "x".repeat(800), 0);
  settle(one);
  const [next, seen] = one.open("next");
  next.set("x", "x".repeat(800), 0);
  settle(one);
  assert.deepEqual(seen.codes, ["SharedObject.NoWriteAccess"]);
  object.close(0);
  next.set("x", "x".repeat(800), 0);
  settle(one);
  assert.equal(seen.codes.length, 1);
  assert.deepEqual(notes.codes, []);
  assert.equal(server.size, 1);
});

test("an object's name is neither empty nor enormous", () => {
  const { one } = pair();
  for (const name of ["", "x".repeat(257)]) {
    const [, notes] = one.open(name);
    settle(one);
    assert.deepEqual(notes.codes, ["SharedObject.ObjectCreationFailed"]);
  }
});

test("limits are checked", () => {
  assert.throws(
    () => fullSharedObjectLimits({ maxSlots: 0 }),
    /^RangeError: sharedObjects.maxSlots/,
  );
  assert.throws(() => fullSharedObjectLimits({ maxSlots: 9_000 }), RangeError);
  const unknown = { maxFun: 1 } as SharedObjectOptions;
  assert.throws(() => fullSharedObjectLimits(unknown), /^RangeError: unknown option/);
  assert.equal(fullSharedObjectLimits({ maxUsers: undefined }).maxUsers, 10_000);
});

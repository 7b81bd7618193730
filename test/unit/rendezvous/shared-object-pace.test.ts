import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import {
  encodeSharedObject,
  type SharedObjectEvent,
} from "../../../protocol/rtmp/shared-object.ts";
import { SharedObjectAccess } from "../../../rendezvous/shared-objects/shared-object-access.ts";
import { pair, SharedObjectLine, serverOf, settle } from "../../support/shared-object-line.ts";

function ask(line: SharedObjectLine, events: readonly SharedObjectEvent[], version = 0): void {
  const content = { name: "room", version, isPersistent: false, events };
  line.access.receive(encodeSharedObject(content, MessageType.sharedObjectAmf0), 0);
}

function bytesOf(line: SharedObjectLine): number {
  return line.down.reduce((sum, { payload }) => sum + payload.length, 0);
}

const TEXT = "x".repeat(1_000);

test("who uses an object already is not sent all of it again", () => {
  const { one } = pair();
  const [object] = one.open("room");
  for (let slot = 0; slot < 500; slot += 1) object.set(`s${slot}`, TEXT, 0);
  settle(one);
  for (let count = 0; count < 30; count += 1) ask(one, [{ type: "use" }]);
  assert.equal(one.down.length, 30);
  assert.ok(bytesOf(one) < 30 * 50, `${bytesOf(one)} bytes`);
});

test("a slot that somebody else has changed is told once a message", () => {
  const { one, other } = pair();
  const [object] = one.open("room");
  other.open("room");
  settle(one, other);
  object.set("x", "before", 0);
  object.set("x", TEXT, 0);
  settle(one, other);
  const request = { type: "requestChange", name: "x", value: Uint8Array.of(1, 1) } as const;
  ask(other, new Array<SharedObjectEvent>(500).fill(request), 1);
  assert.ok(bytesOf(other) < 1_200, `${bytesOf(other)} bytes`);
});

test("what one client has the server send has a rate: leaving and joining, asking, sending to all", () => {
  const { one, server } = pair();
  const [object] = one.open("room");
  for (let slot = 0; slot < 900; slot += 1) object.set(`s${slot}`, TEXT, 0);
  settle(one);
  const stranger = new SharedObjectLine(server);
  for (let count = 0; count < 200; count += 1) {
    ask(stranger, [{ type: "use" }]);
    ask(stranger, [{ type: "release" }]);
  }
  assert.ok(bytesOf(stranger) < 70_000_000, `${bytesOf(stranger)} bytes`);
  assert.equal(stranger.down.length, 200, "refusals are told");
  const users = Array.from({ length: 100 }, () => new SharedObjectLine(server));
  for (const user of users) user.open("hall");
  settle(...users);
  const [sender] = users;
  assert.ok(sender);
  const values = encodeAmf0(["note", TEXT.repeat(100)]);
  const content = { name: "hall", version: 0, isPersistent: false };
  const message = encodeSharedObject(
    { ...content, events: [{ type: "send", values }] },
    MessageType.sharedObjectAmf0,
  );
  for (let count = 0; count < 20; count += 1) sender.access.receive(message, 0);
  const received = users.slice(1).reduce((sum, user) => sum + bytesOf(user), 0);
  assert.ok(received > 50_000_000 && received <= 67_108_864, `${received} bytes`);
  const before = users[1]?.down.length ?? 0;
  sender.access.receive(message, 10_000);
  assert.equal(users[1]?.down.length, before + 1, "it comes back with time");
});

test("messages have a rate", () => {
  const { one, other } = pair();
  one.open("room");
  other.open("room");
  settle(one, other);
  const change = { type: "requestChange", name: "x", value: Uint8Array.of(1, 1) } as const;
  for (let count = 0; count < 12_000; count += 1) ask(one, [change]);
  assert.ok(other.down.length >= 9_990 && other.down.length <= 10_000);
});

test("persistent objects are made if that is allowed, so many from one address", () => {
  const make = (server: ReturnType<typeof serverOf>, source: string, name: string): boolean => {
    let bytes = 0;
    const who = { app: "live", source };
    const access = new SharedObjectAccess(server, who, MessageType.sharedObjectAmf0, (message) => {
      bytes += message.payload.length;
    });
    const content = { name, version: 0, isPersistent: true };
    const request = { type: "requestChange", name: "x", value: Uint8Array.of(1, 1) } as const;
    const events = [{ type: "use" }, request] as const;
    access.receive(encodeSharedObject({ ...content, events }, MessageType.sharedObjectAmf0), 0);
    const before = server.size;
    access.end();
    return bytes > 0 && server.size === before && before > 0;
  };
  assert.equal(make(serverOf({ persistent: false }), "192.0.2.1", "a"), false);
  const server = serverOf({ maxPersistentPerAddress: 2 });
  assert.ok(make(server, "192.0.2.1", "a") && make(server, "192.0.2.1", "b"));
  make(server, "192.0.2.1", "c");
  assert.equal(server.size, 2);
  assert.ok(make(server, "192.0.2.2", "c"));
  assert.ok(make(server, "192.0.2.1", "c"), "what is there may be used by all");
  assert.equal(server.size, 3);
});

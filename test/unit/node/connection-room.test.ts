import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { ConnectionRoom } from "../../../protocol/node/connection-room.ts";

/** As much of a socket as is counted. */
class Connection extends EventEmitter {
  isDestroyed = false;

  destroy(): void {
    this.isDestroyed = true;
  }
}

function admit(room: ConnectionRoom, ip: string): Connection | undefined {
  const connection = new Connection();
  const isIn = room.admit(connection as unknown as Duplex, ip);
  assert.equal(isIn, !connection.isDestroyed);
  return isIn ? connection : undefined;
}

test("one address has its share, others have theirs, and there is an end for all", () => {
  const room = new ConnectionRoom({ max: 5, maxPerAddress: 2 });
  const first = admit(room, "192.0.2.1");
  assert.ok(first && admit(room, "::ffff:192.0.2.1"));
  assert.equal(admit(room, "192.0.2.1"), undefined);
  assert.ok(admit(room, "2001:db8::1") && admit(room, "2001:db8::ffff:2"));
  assert.equal(admit(room, "2001:db8::3"), undefined, "a /64 is one source");
  assert.ok(admit(room, "2001:db8:0:1::1"));
  assert.equal(admit(room, "192.0.2.9"), undefined, "all are taken");
  first.emit("close");
  assert.ok(admit(room, "192.0.2.1"));
});

test("this machine has no share of its own, but the limit of all", () => {
  const room = new ConnectionRoom({ max: 10, maxPerAddress: 1 });
  for (let count = 0; count < 10; count += 1) assert.ok(admit(room, "127.0.0.1"));
  assert.equal(admit(room, "::1"), undefined);
});

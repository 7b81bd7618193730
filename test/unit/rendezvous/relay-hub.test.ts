import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MalformedError } from "../../../protocol/errors.ts";
import {
  readRelayedDatagram,
  writeRelayedDatagram,
} from "../../../protocol/wire/relayed-datagram.ts";
import { RelayHub, type RelayOutlet } from "../../../rendezvous/relay/relay-hub.ts";
import { DEFAULT_RELAY_LIMITS, fullRelayLimits } from "../../../rendezvous/relay/relay-limits.ts";
import { RelayQueue } from "../../../rendezvous/relay/relay-queue.ts";
import { isRefusal } from "../../support/rendezvous-refusal.ts";

const ada = addressOf(1);
const bob = addressOf(2);

function addressOf(index: number): Uint8Array {
  return Uint8Array.of(0xfd, ...new Uint8Array(14), index);
}

/** A connection that keeps what it is given, and takes no more while `unsentBytes` is high. */
class FakeOutlet implements RelayOutlet {
  unsentBytes = 0;
  isReplaced = false;
  readonly got: { readonly from: number; readonly text: string }[] = [];

  send(payload: Uint8Array): void {
    const { peer, datagram } = readRelayedDatagram(payload);
    this.got.push({ from: peer[15] ?? 0, text: new TextDecoder().decode(datagram) });
  }

  replaced(): void {
    this.isReplaced = true;
  }
}

function to(peer: Uint8Array, text: string): Uint8Array {
  return writeRelayedDatagram({ peer, datagram: new TextEncoder().encode(text) });
}

test("datagrams get to the peer they are for, with who sent them in front", () => {
  const hub = new RelayHub(DEFAULT_RELAY_LIMITS);
  const outlets = [new FakeOutlet(), new FakeOutlet()] as const;
  const tunnelOfAda = hub.attach(ada, outlets[0], 0);
  const tunnelOfBob = hub.attach(bob, outlets[1], 0);
  tunnelOfAda.receive(to(bob, "hello"), 1);
  tunnelOfBob.receive(to(ada, "hi"), 2);
  tunnelOfBob.receive(to(addressOf(3), "anybody?"), 3);
  assert.deepEqual(outlets[1].got, [{ from: 1, text: "hello" }]);
  assert.deepEqual(outlets[0].got, [{ from: 2, text: "hi" }]);
  assert.throws(() => tunnelOfAda.receive(new Uint8Array(16), 4), MalformedError);
  tunnelOfBob.detach();
  tunnelOfAda.receive(to(bob, "still there?"), 5);
  assert.deepEqual(hub.stats, {
    tunnels: 1,
    forwarded: 2,
    bytes: 7,
    droppedSlow: 0,
    droppedLimited: 0,
    droppedUnknown: 2,
  });
});

test("the newest connection of a peer counts; the one before sends and gets nothing more", () => {
  const hub = new RelayHub(DEFAULT_RELAY_LIMITS);
  const [older, newer, other] = [new FakeOutlet(), new FakeOutlet(), new FakeOutlet()];
  const gone = hub.attach(ada, older, 0);
  hub.attach(ada, newer, 1);
  const tunnel = hub.attach(bob, other, 1);
  assert.ok(older.isReplaced && !newer.isReplaced);
  gone.receive(to(bob, "ghost"), 2);
  gone.detach();
  tunnel.receive(to(ada, "hello"), 3);
  assert.deepEqual([older.got.length, newer.got.length, other.got.length], [0, 1, 0]);
});

test("a slow receiver loses the oldest datagrams, and gets the rest when it has room", () => {
  const hub = new RelayHub({ ...DEFAULT_RELAY_LIMITS, queueBytes: 3 * 17 });
  const outlet = new FakeOutlet();
  const sender = hub.attach(ada, new FakeOutlet(), 0);
  const receiver = hub.attach(bob, outlet, 0);
  outlet.unsentBytes = 1_000_000;
  for (const text of ["1", "2", "3", "4", "5"]) sender.receive(to(bob, text), 0);
  assert.equal(outlet.got.length, 0);
  outlet.unsentBytes = 0;
  receiver.pump(1);
  assert.deepEqual(
    outlet.got.map(({ text }) => text),
    ["3", "4", "5"],
  );
  assert.equal(hub.stats.droppedSlow, 2);
});

test("what waited too long is not sent any more", () => {
  const hub = new RelayHub(DEFAULT_RELAY_LIMITS);
  const outlet = new FakeOutlet();
  const sender = hub.attach(ada, new FakeOutlet(), 0);
  const receiver = hub.attach(bob, outlet, 0);
  outlet.unsentBytes = 1_000_000;
  sender.receive(to(bob, "old"), 0);
  sender.receive(to(bob, "new"), 900);
  outlet.unsentBytes = 0;
  receiver.pump(1_500);
  assert.deepEqual(
    outlet.got.map(({ text }) => text),
    ["new"],
  );
});

test("a peer that sends too much is held to its limits, and a new connection does not help", () => {
  const limits = { ...DEFAULT_RELAY_LIMITS, datagramsPerSecond: 2, bytesPerHour: 9 };
  const hub = new RelayHub(limits);
  const outlet = new FakeOutlet();
  hub.attach(bob, outlet, 0);
  for (let index = 0; index < 2; index += 1) {
    const tunnel = hub.attach(ada, new FakeOutlet(), 0);
    for (let sent = 0; sent < 3; sent += 1) tunnel.receive(to(bob, "abc"), 0);
  }
  assert.equal(outlet.got.length, 2, "two a second");
  const tunnel = hub.attach(ada, new FakeOutlet(), 10_000);
  for (let sent = 0; sent < 2; sent += 1) tunnel.receive(to(bob, "abc"), 10_000);
  assert.equal(outlet.got.length, 3, "nine bytes an hour");
  assert.equal(hub.stats.droppedLimited, 5);
});

test("there is room for so many peers and no more", () => {
  const hub = new RelayHub({ ...DEFAULT_RELAY_LIMITS, maxTunnels: 1 });
  const tunnel = hub.attach(ada, new FakeOutlet(), 0);
  assert.throws(() => hub.attach(bob, new FakeOutlet(), 0), isRefusal("FULL"));
  hub.attach(ada, new FakeOutlet(), 0);
  tunnel.detach();
  assert.equal(hub.stats.tunnels, 1, "it was replaced before");
});

test("a queue holds no more bytes than it may, and what it holds is what came last", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 50 });
  fc.assert(
    fc.property(lengths, (pushed) => {
      const queue = new RelayQueue(100, 1_000);
      for (const length of pushed) {
        queue.push(new Uint8Array(length), 0);
        assert.ok(queue.bytes <= 100);
      }
      const left: number[] = [];
      for (let next = queue.shift(0); next; next = queue.shift(0)) left.push(next.length);
      assert.deepEqual(left, pushed.slice(pushed.length - left.length));
      assert.equal(queue.dropped, pushed.length - left.length);
      assert.equal(queue.bytes, 0);
    }),
  );
});

test("limits that are none are refused by name", () => {
  assert.deepEqual(fullRelayLimits({ allow: () => true }), DEFAULT_RELAY_LIMITS);
  assert.equal(fullRelayLimits({ queueMs: 5, bytesPerHour: undefined }).queueMs, 5);
  const bad: [object, RegExp][] = [
    [{ queueMs: 0 }, /relay\.queueMs: 0/],
    [{ maxTunnels: Number.NaN }, /relay\.maxTunnels/],
    [{ tunnels: 5 }, /unknown option: relay\.tunnels/],
    [{ allow: true }, /relay\.allow/],
  ];
  for (const [options, message] of bad) assert.throws(() => fullRelayLimits(options), message);
});

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { DatagramReceiver } from "../../../protocol/node/datagram-receiver.ts";
import type { Address } from "../../../protocol/wire/address.ts";

const one: Address = { ip: "192.0.2.1", port: 1 };
const other: Address = { ip: "192.0.2.2", port: 1 };

/** Time passes only where a test says so: the machine may be busy. */
let nowMs = 0;
mock.method(performance, "now", () => nowMs);

function busy(ms: number): void {
  nowMs += ms;
}

test("what came in one turn is handed over together, in order", async () => {
  const calls: string[] = [];
  const receiver = new DatagramReceiver(([number], from, next) => {
    calls.push(`${number} ${from.ip} ${next ?? "none"}`);
  });
  const from = [one, one, other, one, one];
  from.forEach((address, index) => void receiver.take(Uint8Array.of(index), address));
  assert.deepEqual(calls, [], "not before the turn ends");
  await turn();
  await turn();
  assert.deepEqual(calls, [
    "0 192.0.2.1 same",
    "1 192.0.2.1 another",
    "2 192.0.2.2 another",
    "3 192.0.2.1 same",
    "4 192.0.2.1 none",
  ]);
});

test("what takes long leaves others their turn", async () => {
  const calls: string[] = [];
  const receiver = new DatagramReceiver((_bytes, _from, next) => {
    busy(0.8);
    calls.push(next ? "datagram, more at once" : "datagram");
  });
  for (const from of [one, other, one, other]) receiver.take(Uint8Array.of(1), from);
  setImmediate(() => calls.push("others"));
  for (let turns = 0; turns < 5; turns += 1) await turn();
  // How long it takes shows with the first; after that each has a turn of its own.
  const first = ["datagram, more at once", "datagram", "others"];
  assert.deepEqual(calls, [...first, "datagram", "datagram"]);
});

test("what one sender has sent together stays together", async () => {
  const calls: (string | undefined)[] = [];
  const receiver = new DatagramReceiver((_bytes, _from, next) => {
    busy(0.8);
    calls.push(next);
  });
  for (let count = 0; count < 3; count += 1) receiver.take(Uint8Array.of(count), one);
  await turn();
  await turn();
  assert.deepEqual(calls, ["same", "same", undefined]);
});

test("but not when so many wait that they would pile up", async () => {
  let received = 0;
  const receiver = new DatagramReceiver(() => {
    busy(0.6);
    received += 1;
  });
  for (let count = 0; count < 100; count += 1) {
    receiver.take(Uint8Array.of(count), count % 2 ? one : other);
  }
  await turn();
  await turn();
  assert.ok(received >= 36 && received < 100, `${received}`);
  for (let turns = 0; turns < 100; turns += 1) await turn();
  assert.equal(received, 100);
});

test("an exception in a handler costs what it handled, and nothing that comes after", (t) => {
  const turns: (() => void)[] = [];
  t.mock.method(globalThis, "setImmediate", (run: () => void) => turns.push(run));
  const received: number[] = [];
  const receiver = new DatagramReceiver(([number = -1]) => {
    received.push(number);
    if (number === 1) throw new Error("a fault of the handler");
  });
  for (let count = 0; count < 4; count += 1) receiver.take(Uint8Array.of(count), one);
  assert.throws(() => turns.shift()?.(), /a fault of the handler/);
  turns.shift()?.();
  receiver.take(Uint8Array.of(9), one);
  turns.shift()?.();
  assert.deepEqual([received, turns], [[0, 1, 2, 3, 9], []]);
});

test("nothing is handed over after clear", async () => {
  const received: number[] = [];
  const receiver = new DatagramReceiver(([number]) => {
    received.push(number ?? -1);
    receiver.clear();
  });
  receiver.take(Uint8Array.of(1), one);
  receiver.take(Uint8Array.of(2), other);
  await turn();
  await turn();
  assert.deepEqual(received, [1]);
  receiver.take(Uint8Array.of(3), one);
  await turn();
  await turn();
  assert.deepEqual(received, [1, 3]);
});

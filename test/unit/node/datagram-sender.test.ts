import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DatagramSender } from "../../../protocol/node/datagram-sender.ts";

/** A socket that sends when it is told to, with the time to live that it then has: as Node's. */
class LateSocket {
  readonly sent: [text: number | undefined, hops: number][] = [];
  isIdle = true;
  readonly sender: DatagramSender = new DatagramSender(this, () => {
    this.isIdle = true;
  });
  #hops = 64;
  readonly #queue: (() => void)[] = [];

  setTTL(hops: number): void {
    this.#hops = hops;
  }

  send(bytes: Uint8Array, _port: number, _ip: string, taken: () => void): void {
    this.#queue.push(() => {
      this.sent.push([bytes[0], this.#hops]);
      taken();
    });
  }

  /** The system takes one datagram; answers whether there was one. */
  step(): boolean {
    const next = this.#queue.shift();
    next?.();
    return next !== undefined;
  }

  put(text: number, hops?: number): void {
    this.isIdle = false;
    this.sender.send(Uint8Array.of(text), { ip: "192.0.2.1", port: 9 }, hops);
  }
}

test("each datagram leaves with its own time to live, and the system's comes back", () => {
  const socket = new LateSocket();
  socket.put(1);
  socket.put(2, 3);
  socket.put(3);
  socket.put(4, 5);
  while (socket.step());
  assert.deepEqual(socket.sent, [
    [1, 64],
    [2, 3],
    [3, 64],
    [4, 5],
  ]);
  assert.ok(socket.isIdle && socket.sender.isIdle);
});

test("in order and with the right time to live, whenever the system takes them", () => {
  const action = fc.option(fc.option(fc.constantFrom(1, 2, 64), { nil: undefined }), { nil: null });
  const property = fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
    const socket = new LateSocket();
    const expected: [number, number][] = [];
    for (const hops of actions) {
      if (hops === null) socket.step();
      else {
        expected.push([expected.length, hops ?? 64]);
        socket.put(expected.length - 1, hops);
      }
    }
    while (socket.step());
    assert.deepEqual(socket.sent, expected);
    assert.ok(socket.isIdle && socket.sender.isIdle);
  });
  fc.assert(property);
});

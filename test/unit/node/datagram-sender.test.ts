import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { DatagramSender } from "../../../protocol/node/datagram-sender.ts";

/** A socket that sends when it is told to, with the time to live that it then has: as Node's. */
class LateSocket {
  readonly sent: [text: number | undefined, hops: number][] = [];
  readonly sender: DatagramSender = new DatagramSender(this);
  #hops = 64;
  #isClosed = false;
  readonly #queue: (number | undefined)[] = [];

  setTTL(hops: number): void {
    this.#hops = hops;
  }

  send([text]: Uint8Array): void {
    this.#queue.push(text);
  }

  getSendQueueCount(): number {
    assert.ok(!this.#isClosed, "Node's would throw");
    return this.#queue.length;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** The system takes one datagram, if there is one. */
  step(): void {
    if (this.#queue.length > 0) this.sent.push([this.#queue.shift(), this.#hops]);
  }

  put(text: number, hops?: number): void {
    this.sender.send(Uint8Array.of(text), { ip: "192.0.2.1", port: 9 }, hops);
  }
}

test("each datagram leaves with its own time to live, and the system's comes back", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const socket = new LateSocket();
  socket.put(1);
  socket.put(2, 3);
  socket.put(3);
  socket.put(4, 5);
  finish(socket, mock);
  assert.deepEqual(socket.sent, [
    [1, 64],
    [2, 3],
    [3, 64],
    [4, 5],
  ]);
});

test("in order and with the right time to live, whenever the system takes them", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const hops = fc.option(fc.constantFrom(1, 2, 64), { nil: undefined });
  const action = fc.oneof(fc.record({ hops }), fc.constantFrom("step", "look"));
  const property = fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
    const socket = new LateSocket();
    const expected: [number, number][] = [];
    for (const action of actions) {
      if (action === "step") socket.step();
      else if (action === "look") mock.timers.tick(1);
      else if (typeof action === "object") {
        expected.push([expected.length, action.hops ?? 64]);
        socket.put(expected.length - 1, action.hops);
      }
    }
    finish(socket, mock);
    assert.deepEqual(socket.sent, expected);
  });
  fc.assert(property);
});

test("what waits for another time to live has a limit: the newest is lost", ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const socket = new LateSocket();
  socket.put(0);
  for (let count = 0; count < 5_000; count += 1) socket.put(1, 3);
  finish(socket, mock);
  assert.equal(socket.sent.length, 1 + 4_096);
});

test("drain waits until the system has taken everything, but not for ever", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const socket = new LateSocket();
  await socket.sender.drain();
  socket.put(1);
  socket.put(2, 3);
  assert.equal(await looksUntilDrained(socket, mock, () => socket.step()), 2);
  assert.equal(socket.sent.length, 2);
  socket.put(3);
  assert.equal(await looksUntilDrained(socket, mock, () => undefined), 100);
});

test("drain gives up on what still waits: the socket is not asked any more", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const socket = new LateSocket();
  socket.put(1);
  socket.put(2, 3);
  await looksUntilDrained(socket, mock, () => undefined);
  socket.close();
  mock.timers.tick(10);
  assert.equal(socket.sent.length, 0);
});

async function looksUntilDrained(
  { sender }: LateSocket,
  mock: TestContext["mock"],
  act: () => void,
): Promise<number> {
  let looks = 0;
  let isDrained = false;
  const drained = sender.drain().then(() => {
    isDrained = true;
  });
  for (; !isDrained; looks += 1) {
    act();
    mock.timers.tick(1);
    for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
  }
  await drained;
  return looks;
}

/** The system takes everything. */
function finish(socket: LateSocket, mock: TestContext["mock"]): void {
  for (let left = -1; left !== 0; left = socket.getSendQueueCount()) {
    while (socket.getSendQueueCount() > 0) socket.step();
    mock.timers.tick(1);
  }
}

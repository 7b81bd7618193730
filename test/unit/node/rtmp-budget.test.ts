import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { concat } from "../../../protocol/bytes/concat.ts";
import { SharedBudget } from "../../../protocol/bytes/shared-budget.ts";
import type { RtmfpError } from "../../../protocol/errors.ts";
import { RtmpSocket } from "../../../protocol/node/rtmp-socket.ts";
import { ChunkWriter } from "../../../protocol/rtmp/chunk-writer.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../../protocol/rtmp/handshake.ts";
import { encodeCommand } from "../../../protocol/tc/command.ts";
import { ServerConnection } from "../../../protocol/tc/server-connection.ts";
import type { Transport } from "../../../protocol/tc/transport.ts";
import { DuplexEnd } from "../../support/duplex-pair.ts";
import { ManualIo } from "../../support/manual-io.ts";
import { media } from "../../support/media.ts";
import { Server } from "../../support/tc-stand.ts";

/** A client of a server with others, which has connected. */
class Guest {
  readonly far: DuplexEnd;
  readonly #writer = new ChunkWriter();
  transport: Transport | undefined;
  error: RtmfpError | undefined;
  isGone = false;

  constructor(budget: SharedBudget) {
    const [near, far] = DuplexEnd.pair();
    this.far = far;
    far.resume();
    far.on("error", () => undefined);
    const socket = new RtmpSocket(near, new ManualIo(), {
      handshake: PlainHandshake.server(new Uint8Array(HANDSHAKE_RANDOM_BYTES)),
      accept: (transport) => {
        this.transport = transport;
        return new ServerConnection(transport, new Server()).net;
      },
      budget,
    });
    void socket.closed.then((error) => {
      this.error = error;
      this.isGone = true;
    });
    const object = { app: "live" };
    const connect = { name: "connect", transactionId: 1, object, args: [] };
    const opening = new Uint8Array(1 + 2 * 1_536);
    opening[0] = 3;
    far.write(concat([opening, this.#writer.write(encodeCommand(connect, 0))]));
  }

  /** Sends a picture of so many bytes, all but the last. */
  async begin(bytes: number): Promise<Uint8Array> {
    const picture = { ...media.keyframe(1), payload: new Uint8Array(bytes) };
    const chunks = this.#writer.write(picture);
    await this.send(chunks.subarray(0, -1));
    return chunks.subarray(-1);
  }

  /** Is sent a picture of so many bytes. */
  async receive(bytes: number): Promise<void> {
    this.transport?.send({ ...media.keyframe(1), payload: new Uint8Array(bytes) }, {}, 0);
    await settle();
  }

  async send(bytes: Uint8Array): Promise<void> {
    this.far.write(bytes);
    await settle();
  }

  async leave(): Promise<void> {
    this.far.end();
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 4; turns += 1) await turn();
}

test("what clients hold together of unfinished messages has a limit: who holds most is hung up on", async () => {
  const budget = new SharedBudget(1_000_000);
  const [greedy, others, publisher] = [
    new Guest(budget),
    Array.from({ length: 4 }, () => new Guest(budget)),
    new Guest(budget),
  ];
  for (const guest of others) await guest.begin(200_000);
  const rest = await publisher.begin(100_000);
  assert.equal(budget.used, 900_000);
  await greedy.begin(300_000);
  assert.deepEqual([greedy.isGone, greedy.error?.code], [true, "LIMIT"]);
  assert.ok([...others, publisher].every(({ isGone }) => !isGone));
  await publisher.send(rest);
  assert.equal(budget.used, 800_000);
  for (const guest of others) await guest.leave();
  await publisher.begin(900_000);
  assert.equal(budget.used, 900_000, "who is gone holds nothing");
  await publisher.leave();
  assert.equal(budget.used, 0);
});

test("what clients do not take counts, too, and what they have taken does not", async () => {
  const budget = new SharedBudget(1_000_000);
  const guests = Array.from({ length: 4 }, () => new Guest(budget));
  await settle();
  const [one, other, greedy, reader] = guests;
  for (const guest of [one, other, greedy]) if (guest) guest.far.isStalled = true;
  for (const guest of [one, other]) await guest?.receive(300_000);
  for (let count = 0; count < 20; count += 1) await reader?.receive(300_000);
  assert.deepEqual(
    guests.map(({ isGone }) => isGone),
    [false, false, false, false],
  );
  await greedy?.receive(500_000);
  assert.deepEqual(
    guests.map(({ isGone }) => isGone),
    [false, false, true, false],
  );
  assert.equal(greedy?.error?.code, "LIMIT");
});

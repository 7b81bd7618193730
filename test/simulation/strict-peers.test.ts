/** What far ends that follow the RFC leave out of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Reader } from "../../protocol/bytes/reader.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import { beginChunk, ChunkType, endChunk, readChunk } from "../../protocol/wire/chunk.ts";
import { readPacketHeader } from "../../protocol/wire/packet.ts";
import { type Alter, alteringCrypto } from "../support/mutation.ts";
import { eachSeed } from "../support/seeds.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

/** Data Acknowledgement Bitmaps as rtmfp-cpp reads them: the numbers before the bits. */
const withoutBits: Alter = (packet) => {
  const reader = new Reader(packet);
  readPacketHeader(reader);
  const writer = new Writer(packet.length).put(packet.subarray(0, reader.position));
  for (let chunk = readChunk(packet, reader); chunk; chunk = readChunk(packet, reader)) {
    const { type, payload } = chunk;
    const start = beginChunk(writer, type);
    if (type !== ChunkType.ackBitmap) writer.put(payload.rest());
    else writer.vlu(payload.vlu()).vlu(payload.vlu()).vlu(payload.vlu());
    endChunk(writer, start);
  }
  return writer.bytes();
};

const MESSAGES = 1_000;

test("rtmfp-cpp ignores the bits of acknowledgements: it repeats what is lost soon all the same", async (t) => {
  const latenciesMs: number[] = [];
  await eachSeed(3, async (seed) => {
    const { lab, one, other } = await connectedStations(
      seed,
      { loss: 0.03, delayMs: 25 },
      { wrapCrypto: (crypto) => alteringCrypto(crypto, withoutBits) },
    );
    other.onEvent = (event, now) => {
      if (event.type !== "message") return;
      latenciesMs.push(now - Number.parseInt(new TextDecoder().decode(event.bytes), 10));
    };
    const flow = one.openFlow("media");
    for (let count = 0; count < MESSAGES; count += 1) {
      one.send(flow, `${lab.now}`.padEnd(700));
      await lab.advance(20);
    }
    await lab.runUntil(() => flow.queuedBytes === 0, 60_000);
    await closeStations(lab, one, other);
  });
  latenciesMs.sort((first, second) => first - second);
  const p95 = latenciesMs[Math.floor(latenciesMs.length * 0.95)] ?? 0;
  t.diagnostic(`p95 ${p95} ms`);
  assert.equal(latenciesMs.length, 3 * MESSAGES);
  assert.ok(p95 < 250, `${p95} ms`);
});

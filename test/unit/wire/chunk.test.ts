import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { beginChunk, ChunkType, endChunk, readChunk } from "../../../protocol/wire/chunk.ts";
import { hex } from "../../support/bytes.ts";

function allChunks(packet: Uint8Array): [type: number, payload: Uint8Array][] {
  const reader = new Reader(packet);
  const chunks: [number, Uint8Array][] = [];
  for (let chunk = readChunk(packet, reader); chunk; chunk = readChunk(packet, reader)) {
    chunks.push([chunk.type, chunk.payload.rest()]);
  }
  return chunks;
}

test("§2.3 the chunk types have the RFC's codes", () => {
  assert.deepEqual(ChunkType, {
    packetFragment: 0x7f,
    ihello: 0x30,
    fihello: 0x0f,
    rhello: 0x70,
    redirect: 0x71,
    cookieChange: 0x79,
    iikeying: 0x38,
    rikeying: 0x78,
    ping: 0x01,
    pingReply: 0x41,
    userData: 0x10,
    nextUserData: 0x11,
    ackBitmap: 0x50,
    ackRanges: 0x51,
    bufferProbe: 0x18,
    flowException: 0x5e,
    sessionCloseRequest: 0x0c,
    sessionCloseAck: 0x4c,
    padding0: 0x00,
    padding1: 0xff,
  });
});

test("§2.2.4 chunks follow each other, each with exactly its payload", () => {
  const chunks = allChunks(hex("01 0002 aabb  0c 0000  00 0003 010203"));
  assert.deepEqual(chunks, [
    [0x01, hex("aabb")],
    [0x0c, hex("")],
    [0x00, hex("010203")],
  ]);
});

test("§2.2.4 fewer than three bytes are padding", () => {
  for (const rest of ["", "01", "01 00"]) assert.equal(allChunks(hex(`41 0000 ${rest}`)).length, 1);
});

test("§2.2.4 a chunk longer than what is left is padding, 0xff always", () => {
  assert.deepEqual(allChunks(hex("41 0000 10 0005 01020304")), [[0x41, hex("")]]);
  assert.deepEqual(allChunks(hex("41 0000 ffffffffffffffffffffffffff")), [[0x41, hex("")]]);
});

test("§2.2.4 what was written is read back", () => {
  const chunk = fc.tuple(fc.nat(0xfe), fc.uint8Array({ maxLength: 300 }));
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 6 }), fc.nat(2), (chunks, padding) => {
      const writer = new Writer();
      for (const [type, payload] of chunks) {
        const start = beginChunk(writer, type);
        writer.put(payload);
        endChunk(writer, start);
      }
      writer.put(new Uint8Array(padding).fill(0xff));
      assert.deepEqual(allChunks(writer.bytes()), chunks);
    }),
  );
});

test("§2.2.4 any bytes are chunks and padding", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (packet) => {
      const taken = allChunks(packet).reduce((sum, [, payload]) => sum + 3 + payload.length, 0);
      assert.ok(taken <= packet.length);
    }),
  );
});

test("§2.3 a chunk is at most 65535 bytes long", () => {
  const writer = new Writer();
  const start = beginChunk(writer, ChunkType.ping);
  writer.put(new Uint8Array(0xffff));
  endChunk(writer, start);
  writer.u8(0);
  assert.throws(() => endChunk(writer, start), /65535/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { type ChunkLimits, ChunkReader } from "../../../protocol/rtmp/chunk-reader.ts";
import { ChunkWriter } from "../../../protocol/rtmp/chunk-writer.ts";
import { encodeControl } from "../../../protocol/rtmp/control.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import { cut } from "../../support/cut.ts";
import { readMessages } from "../../support/rtmp.ts";

const anyMessage: fc.Arbitrary<Message> = fc.record(
  {
    type: fc.constantFrom(8, 9, 15, 17, 18, 19, 20, 22, 99),
    streamId: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(0, 1) }, fc.nat(0xffff_ffff)),
    timestampMs: fc.oneof(
      { weight: 3, arbitrary: fc.nat(100) },
      fc.integer({ min: 0xff_fff0, max: 0x100_0010 }),
      fc.nat(0xffff_ffff),
    ),
    payload: fc.uint8Array({ maxLength: 700 }),
  },
  { noNullPrototype: true },
);
const resize: fc.Arbitrary<Message> = fc
  .integer({ min: 1, max: 900 })
  .map((chunkBytes) => encodeControl({ type: "setChunkSize", chunkBytes }));
const anyMessages = fc.array(fc.oneof({ weight: 5, arbitrary: anyMessage }, resize), {
  maxLength: 12,
});

/** A chunk of the initial size. */
const A128 = "61".repeat(128);

function media(timestampMs: number, length: number, type: number = MessageType.video): Message {
  const payload = Uint8Array.from({ length }, (_, index) => index * 7);
  return { type, streamId: 1, timestampMs, payload };
}

function read(hex: string, limits?: ChunkLimits): Message[] {
  return readMessages(new ChunkReader(limits), [fromHex(hex)]);
}

function timestamps(hex: string): number[] {
  return read(hex).map(({ timestampMs }) => timestampMs);
}

test("§5.3 messages come out as they went in, however the stream is cut", () => {
  fc.assert(
    fc.property(anyMessages, fc.array(fc.nat(60)), (messages, cuts) => {
      const writer = new ChunkWriter();
      const bytes = new Uint8Array(Buffer.concat(messages.map((message) => writer.write(message))));
      assert.deepEqual(readMessages(new ChunkReader(), cut(bytes, cuts)), messages);
    }),
    { numRuns: 300 },
  );
});

test("§5.3 any bytes are messages or malformed, and the same ones however they are cut", () => {
  const outcome = (pieces: readonly Uint8Array[]): string => {
    const reader = new ChunkReader({ maxChunkStreams: 4 });
    const messages: Message[] = [];
    try {
      for (const piece of pieces) {
        reader.push(piece);
        for (let message = reader.next(); message; message = reader.next()) messages.push(message);
      }
      return JSON.stringify(messages);
    } catch (error) {
      assert.ok(error instanceof MalformedError, String(error));
      return JSON.stringify([messages, error.message]);
    }
  };
  const small = fc.oneof(fc.constantFrom(0, 2, 3, 4, 0x44, 0x84, 0xc4, 0xff), fc.nat(255));
  fc.assert(
    fc.property(fc.array(small, { maxLength: 300 }), fc.array(fc.nat(9)), (bytes, cuts) => {
      const whole = Uint8Array.from(bytes);
      assert.equal(outcome(cut(whole, cuts)), outcome([whole]));
    }),
    { numRuns: 2000 },
  );
});

test("§5.3.1.1 ids 64 to 319 are the same chunk stream in both long forms", () => {
  const [message] = read(`0001${"000000"}${"000081"}08${"01000000"}${A128}c1010062`);
  assert.equal(message?.payload.length, 129);
});

test("§5.3.1.1 the writer's chunk streams fit the short form", () => {
  const types = [1, 2, 3, 4, 5, 6, 8, 9, 15, 16, 17, 18, 19, 20, 22, 200];
  for (const type of types) {
    const payload = fromHex("0000000100");
    const [basic = 0] = new ChunkWriter().write({ type, streamId: 1, timestampMs: 0, payload });
    assert.ok(basic >= 2 && basic < 64);
    assert.equal(basic === 2, type <= 6, "§5.4 control messages, and they alone, on 2");
  }
});

test("§5.3.1.2 the writer picks the shortest header that all receivers agree on", () => {
  const writer = new ChunkWriter();
  const start = (message: Message, bytes: number): string =>
    toHex(writer.write(message).subarray(0, bytes));
  assert.equal(start(media(10, 5), 12), "0600000a0000050901000000");
  assert.equal(start(media(50, 6), 8), "4600002800000609", "another length");
  assert.equal(start(media(90, 6), 4), "86000028", "nothing but the delta");
  assert.equal(start(media(130, 6), 4), "86000028", "the same delta again, still not format 3");
  assert.equal(start(media(100, 6), 12), "060000640000060901000000", "backwards");
  assert.equal(start({ ...media(100, 6), streamId: 2 }, 12), "060000640000060902000000");
  assert.equal(
    start({ ...media(0x100_0064, 6), streamId: 2 }, 16),
    "06ffffff000006090200000001000064",
  );
});

test("§5.3.1.2 timestamps wrap at 2^32, and may come unwrapped", () => {
  const writer = new ChunkWriter();
  const bytes = [media(0xffff_fff0, 1), media(2 ** 32 + 16, 1)].map((message) =>
    writer.write(message),
  );
  assert.equal(toHex(bytes[1]?.subarray(0, 4) ?? new Uint8Array()), "86000020");
  const messages = readMessages(new ChunkReader(), bytes);
  assert.deepEqual(
    messages.map(({ timestampMs }) => timestampMs),
    [0xffff_fff0, 16],
  );
});

test("§5.3.1.2 message streams are little-endian", () => {
  const bytes = new ChunkWriter().write({ ...media(0, 0), streamId: 0x81020304 });
  assert.equal(toHex(bytes), "060000000000000904030281");
});

test("§5.3.1.3 the writer repeats an extended timestamp on every chunk", () => {
  const bytes = new ChunkWriter().write(media(0x1234_5678, 300));
  assert.equal(bytes.length, 12 + 4 + 300 + 2 * 5);
  assert.equal(toHex(bytes.subarray(12, 16)), "12345678");
  assert.equal(toHex(bytes.subarray(144, 149)), "c612345678");
  assert.equal(toHex(bytes.subarray(277, 282)), "c612345678");
});

test("§5.3.1.3 a continuation without extended timestamp is not held up by its absence", () => {
  const head = `04ffffff00008108010000000100000061${"61".repeat(127)}`;
  assert.equal(read(`${head}c462`).length, 1, "the byte differs from 01");
  assert.equal(read(`${head}c401`).length, 0, "this could be the timestamp");
  assert.equal(read(`${head}c40100000062`).length, 1);
});

test("§5.3.1.3 format 3 that starts a message has its own extended timestamp", () => {
  const first = `04ffffff0000010801000000${"01000000"}61`;
  const second = `c4${"01000001"}62`;
  assert.deepEqual(timestamps(first + second), [0x100_0000, 0x200_0001]);
});

test("§5.3.1.2.1 a header that says the same inside a message is a continuation", () => {
  const body = A128;
  const full = `040000050000810801000000${body}`;
  assert.equal(read(`${full}04000005000081080100000062`).length, 1, "format 0");
  assert.equal(read(`${full}440000000000810862`).length, 1, "format 1, delta 0");
  assert.equal(read(`${full}8400000562`).length, 1, "format 2");
  const delta = `040000050000010801000000614400000700008108${body}`;
  assert.deepEqual(timestamps(`${delta}440000070000810862`), [5, 12], "format 1 after format 1");
  assert.deepEqual(timestamps(`${delta}0400000c000081080100000062`), [5, 12], "format 0");
});

test("§5.3.1.2.1 another header inside a message is malformed", () => {
  const full = `040000050000810801000000${A128}`;
  const wrong = [
    "040000060000810801000000",
    "040000050000820801000000",
    "040000050000810901000000",
    "040000050000810802000000",
    "4400000000008208",
    "4400000000008109",
    "84000006",
  ];
  for (const hex of wrong) assert.throws(() => read(full + hex), MalformedError, hex);
});

test("§5.3.1.2 chunk streams start with a full header", () => {
  for (const hex of ["c461", "8400000161", "440000010000010861", "82000000"]) {
    assert.throws(() => read(hex), MalformedError, hex);
  }
});

test("§5.4.1 chunk size 0 is malformed, the writer never sends it", () => {
  assert.throws(() => read("02000000000004010000000000000000"), MalformedError);
  assert.throws(() => encodeControl({ type: "setChunkSize", chunkBytes: 0 }), RangeError);
  assert.throws(() => encodeControl({ type: "setChunkSize", chunkBytes: 2 ** 31 }), RangeError);
});

test("§5.4.1 chunks larger than any message", () => {
  const writer = new ChunkWriter();
  const messages = [
    encodeControl({ type: "setChunkSize", chunkBytes: 0x7fff_ffff }),
    media(0, 200_000),
  ];
  const bytes = messages.map((message) => writer.write(message));
  assert.equal(bytes[1]?.length, 200_012);
  const pieces = cut(new Uint8Array(Buffer.concat(bytes)), new Array<number>(50).fill(1460));
  assert.deepEqual(readMessages(new ChunkReader(), pieces), messages);
});

test("§5.4.2 an abort gives back what the message held", () => {
  const aborted = `040000000001000801000000${A128}02000000000004020000000000000004`;
  const reader = new ChunkReader({ maxPartialBytes: 256 });
  const bytes = fromHex(aborted);
  for (let round = 0; round < 5; round += 1) {
    assert.equal(readMessages(reader, [bytes]).length, 1);
  }
});

test("a message that comes in one piece is a view of what was received", () => {
  const bytes = new ChunkWriter().write(media(0, 100));
  const [message] = readMessages(new ChunkReader(), [bytes]);
  assert.equal(message?.payload.buffer, bytes.buffer);
});

test("limits: length of a message, number of chunk streams, bytes of unfinished messages", () => {
  const header = (id: string, length: string): string => `${id}000000${length}0801000000`;
  assert.throws(() => read(header("04", "000011"), { maxMessageBytes: 16 }), MalformedError);
  assert.equal(
    read(`${header("04", "000010")}${"61".repeat(16)}`, { maxMessageBytes: 16 }).length,
    1,
  );

  const streams = ["03", "04", "05"].map((id) => `${header(id, "000001")}61`);
  assert.equal(read(streams.join(""), { maxChunkStreams: 3 }).length, 3);
  assert.throws(() => read(streams.join(""), { maxChunkStreams: 2 }), MalformedError);
  const open = ["03", "04"].map((id) => header(id, "000100") + A128);
  assert.equal(read(open.join(""), { maxPartialBytes: 512 }).length, 0);
  assert.throws(() => read(open.join(""), { maxPartialBytes: 511 }), MalformedError);
});

test("limits: 64 chunk streams by default", () => {
  const streams = (count: number): Uint8Array =>
    Uint8Array.from(
      Array.from({ length: count }, (_, id) => [0, id, 0, 0, 0, 0, 0, 0, 8, 1, 0, 0, 0]).flat(),
    );
  assert.equal(readMessages(new ChunkReader(), [streams(64)]).length, 64);
  assert.throws(() => readMessages(new ChunkReader(), [streams(65)]), MalformedError);
});

test("limits: 32 MiB of unfinished messages by default", () => {
  const reader = new ChunkReader();
  const header = (id: string): Uint8Array => fromHex(`${id}000000ffffff0901000000`);
  readMessages(reader, [fromHex("02000000000004010000000000fffffe")]);
  for (const id of ["03", "04"]) {
    assert.equal(readMessages(reader, [header(id), new Uint8Array(0xff_fffe)]).length, 0);
  }
  const more = [header("05"), Uint8Array.of(0)];
  assert.throws(() => readMessages(reader, more), MalformedError);
});

test("limits: messages that have just begun take memory, too", () => {
  const reader = new ChunkReader({ maxPartialBytes: 65_536 });
  const begin = (id: number): void => {
    const chunk = fromHex(`${toHex(Uint8Array.of(id))}00000000ffff0901000000${A128}`);
    assert.equal(readMessages(reader, [chunk]).length, 0);
  };
  for (let id = 3; id < 3 + 16; id += 1) begin(id);
  assert.equal(reader.heldBytes, 65_536);
  assert.throws(() => begin(20), MalformedError);
});

test("what is announced costs nothing until it arrives", () => {
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 64 }, () => new ChunkReader());
  for (const reader of readers) {
    readMessages(reader, [fromHex(`04000000ffffff0901000000${A128}`)]);
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
});

test("a message past 2^24-1 bytes is refused", () => {
  assert.equal(new ChunkWriter().write(media(0, 0xff_ffff)).length > 0xff_ffff, true);
  assert.throws(() => new ChunkWriter().write(media(0, 0x100_0000)), RangeError);
});

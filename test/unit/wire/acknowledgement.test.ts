import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { SequenceSet } from "../../../protocol/bytes/sequence-set.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { QUEUED_FRAGMENT_BYTES, SEND_BUFFER_BYTES } from "../../../protocol/params.ts";
import { ChunkType, HEADER_LENGTH } from "../../../protocol/wire/chunk.ts";
import {
  type Acknowledgement,
  readAckBitmap,
  readAckRanges,
  writeAcknowledgement,
} from "../../../protocol/wire/chunks/acknowledgement.ts";
import { hex } from "../../support/bytes.ts";
import { assertTruncationsMalformed, onlyChunk, readOnly } from "../../support/chunk-laws.ts";

const head = { flowId: 5, bufferBytes: 127 * 1024, cumulative: 16 };

function setOf(...numbers: readonly number[]): SequenceSet {
  const set = new SequenceSet(10_000);
  for (const number of numbers) set.add(number);
  return set;
}

function through(to: number): number[] {
  return Array.from({ length: to + 1 }, (_, number) => number);
}

function encode(set: SequenceSet, room = 1_200): Uint8Array {
  const writer = new Writer(16, room);
  writeAcknowledgement(writer, 5, 127, set);
  return writer.finish();
}

function decode(bytes: Uint8Array): Acknowledgement {
  const { type, payload } = onlyChunk(bytes);
  if (type === ChunkType.ackRanges) return readAckRanges(payload);
  assert.equal(type, ChunkType.ackBitmap);
  return readAckBitmap(payload);
}

/** The numbers of an acknowledgement, one by one. */
function numbersOf({ cumulative, ranges }: Acknowledgement): number[] {
  const numbers = through(cumulative);
  for (const { from, to } of ranges) {
    for (let number = from; number <= to; number += 1) numbers.push(number);
  }
  return numbers;
}

test("§2.3.13 Figure 4: a Bitmap Ack", () => {
  const ack = readOnly(hex("50 0005 05 7f 10 79 06"), ChunkType.ackBitmap, readAckBitmap);
  const ranges = [
    { from: 18, to: 18 },
    { from: 21, to: 24 },
    { from: 27, to: 28 },
  ];
  assert.deepEqual(ack, { ...head, ranges });
});

test("§2.3.14 Figure 5: a Range Ack", () => {
  const ack = readOnly(hex("51 0007 05 7f 10 00 00 01 03"), ChunkType.ackRanges, readAckRanges);
  const ranges = [
    { from: 18, to: 18 },
    { from: 21, to: 24 },
  ];
  assert.deepEqual(ack, { ...head, ranges });
  const set = setOf(...through(16), 18, 21, 22, 23, 24);
  assert.deepEqual(encode(set), hex("51 0007 05 7f 10 00 00 01 03"));
});

test("§2.3.14 Figure 6: a last range that is cut off is ignored", () => {
  const ack = readOnly(hex("51 0007 05 7f 10 00 00 01 83"), ChunkType.ackRanges, readAckRanges);
  assert.deepEqual(ack, { ...head, ranges: [{ from: 18, to: 18 }] });
  assert.deepEqual(readAckRanges(new Reader(hex("05 7f 10 00 00 01"))), ack);
});

test("§2.3.14 no gap is written as ranges, even of no number", () => {
  assert.deepEqual(encode(setOf(...through(16))), hex("51 0003 05 7f 10"));
  assert.deepEqual(encode(new SequenceSet(1)), hex("51 0003 05 7f 00"));
});

test("§3.6.3.4.3 ranges, although bits were shorter, as long as they fit: rtmfp-cpp reads no bits", () => {
  assert.deepEqual(encode(setOf(0, 2)), hex("51 0005 05 7f 00 00 00"));
  assert.deepEqual(encode(setOf(0, 1_000)), hex("51 0006 05 7f 00 8766 00"));
  const figure4 = setOf(...through(16), 18, 21, 22, 23, 24, 27, 28);
  assert.deepEqual(encode(figure4), hex("51 0009 05 7f 10 00 00 01 03 01 01"));
  const exactly = HEADER_LENGTH + 9;
  assert.deepEqual(encode(figure4, exactly), encode(figure4));
  assert.deepEqual(encode(figure4, exactly - 1), hex("50 0005 05 7f 10 79 06"));
});

test("§3.6.3.4.2 truncated ranges, unless bits tell more", () => {
  const [far, near] = [setOf(0, 2, 19), setOf(0, 2, 17)];
  const room = HEADER_LENGTH + 3 + 2;
  assert.deepEqual(encode(far, room), hex("51 0005 05 7f 00 00 00"));
  assert.deepEqual(encode(near, room), hex("50 0005 05 7f 00 01 80"));
  assert.deepEqual(encode(near, room - 2), hex("51 0003 05 7f 00"));
});

test("§2.3.14 an acknowledgement that fits tells exactly what the set holds", () => {
  const numbers = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 200, size: "max" });
  fc.assert(
    fc.property(numbers, (list) => {
      const ack = decode(encode(setOf(...list)));
      const sorted = [...new Set([0, ...list])].sort((one, other) => one - other);
      assert.deepEqual(numbersOf(ack), sorted);
    }),
  );
});

test("§3.6.3.4.2 what does not fit into the packet is left out from the top", () => {
  const forms = new Set<number>();
  const numbers = fc.array(fc.integer({ min: 1, max: 2_000 }), { maxLength: 300, size: "max" });
  fc.assert(
    fc.property(numbers, fc.integer({ min: 12, max: 120 }), (list, room) => {
      const bytes = encode(setOf(...list), room);
      assert.ok(bytes.length <= room);
      const told = numbersOf(decode(bytes));
      const sorted = [...new Set([0, ...list])].sort((one, other) => one - other);
      assert.deepEqual(told, sorted.slice(0, told.length));
      forms.add(bytes[0] ?? 0);
    }),
  );
  assert.deepEqual(forms, new Set([ChunkType.ackBitmap, ChunkType.ackRanges]));
});

test("§3.6.3.4.2 truncated bitmap and truncated ranges use the room there is", () => {
  const odd = setOf(...through(4_000).map((number) => number * 2));
  const bitmap = encode(odd, 100);
  assert.equal(bitmap[0], ChunkType.ackBitmap);
  assert.equal(bitmap.length, 100);
  const wide = setOf(...through(200).map((number) => number * 300));
  const ranges = encode(wide, 100);
  assert.equal(ranges[0], ChunkType.ackRanges);
  assert.ok(ranges.length > 97);
  const whole = encode(odd, 16_000);
  assert.equal(whole[0], ChunkType.ackRanges);
});

test("§2.3.13 §2.3.14 a window too large for us saturates", () => {
  const max = Number.MAX_SAFE_INTEGER;
  const reader = new Reader(hex("05 ffffffffffffffff7f 10"));
  assert.equal(readAckRanges(reader).bufferBytes, max);
});

test("§2.3.13 §2.3.14 a head that is cut off is malformed", () => {
  assertTruncationsMalformed(readAckBitmap, hex("05 8302 8110 79"), 5);
  assertTruncationsMalformed(readAckRanges, hex("05 8302 8110 00 00"), 5);
});

test("§2.3.13 §2.3.14 any bytes are ranges, ascending and apart, or malformed", () => {
  for (const read of [readAckBitmap, readAckRanges]) {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 3, maxLength: 60 }), (bytes) => {
        // Three VLUs of one byte, so that what follows is reached.
        const payload = bytes.map((byte, index) => (index < 3 ? byte & 0x7f : byte));
        const ack = read(new Reader(payload));
        let end = ack.cumulative;
        for (const { from, to } of ack.ranges) {
          assert.ok(from >= end + 2 && to >= from, `${from}-${to} after ${end}`);
          end = to;
        }
      }),
    );
  }
});

test("§2.3.13 a bitmap longer than any queue of ours is read as far as that, and not malformed", () => {
  const most = SEND_BUFFER_BYTES / QUEUED_FRAGMENT_BYTES;
  const bitmap = (bytes: number): Uint8Array =>
    new Uint8Array(3 + bytes).fill(0x55, 3).fill(0, 0, 3);
  const { ranges } = readAckBitmap(new Reader(bitmap(most / 8)));
  assert.equal(ranges.length, most / 2);
  assert.deepEqual(ranges.at(-1), { from: most, to: most });
  assert.deepEqual(readAckBitmap(new Reader(bitmap(65_000))).ranges, ranges);
});

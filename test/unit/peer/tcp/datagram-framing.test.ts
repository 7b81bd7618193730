import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  FrameReader,
  frameDatagram,
  MAX_FRAMED_BYTES,
} from "../../../../peer/tcp/datagram-framing.ts";
import { MalformedError } from "../../../../protocol/errors.ts";

const datagrams = fc.array(fc.uint8Array({ minLength: 1, maxLength: MAX_FRAMED_BYTES }), {
  maxLength: 8,
});

/** The stream in pieces of the given lengths, over and over. */
function cut(stream: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < stream.length; ) {
    const length = lengths[pieces.length % lengths.length] ?? 1;
    pieces.push(stream.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

test("datagrams come out of the stream as they went in, wherever it is cut", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(datagrams, lengths, (sent, pieces) => {
      const stream = Buffer.concat(sent.map(frameDatagram));
      const reader = new FrameReader();
      const got = cut(stream, pieces).flatMap((piece) => reader.receive(piece));
      assert.deepEqual(
        got.map((bytes) => [...bytes]),
        sent.map((bytes) => [...bytes]),
      );
    }),
  );
});

test("a stream that ends early holds back what is not complete", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (datagram) => {
      const frame = frameDatagram(datagram);
      for (let end = 0; end < frame.length; end += 1) {
        assert.deepEqual(new FrameReader().receive(frame.subarray(0, end)), []);
      }
    }),
  );
});

test("any bytes are datagrams of allowed lengths, or malformed", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 6 }), (pieces) => {
      const reader = new FrameReader();
      try {
        for (const piece of pieces) {
          for (const { length } of reader.receive(piece)) {
            assert.ok(length >= 1 && length <= MAX_FRAMED_BYTES);
          }
        }
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
});

test("lengths that no datagram has are neither written nor read", () => {
  for (const length of [0, MAX_FRAMED_BYTES + 1]) {
    assert.throws(() => frameDatagram(new Uint8Array(length)), RangeError);
    const head = Uint8Array.of(length >> 8, length & 0xff, 0);
    assert.throws(() => new FrameReader().receive(head), MalformedError);
  }
});

test("a datagram outlives the buffer that it came in", () => {
  const piece = frameDatagram(Uint8Array.of(1, 2, 3));
  const [datagram] = new FrameReader().receive(piece);
  piece.fill(0);
  assert.deepEqual(datagram, Uint8Array.of(1, 2, 3));
});

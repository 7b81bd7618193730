import assert from "node:assert/strict";
import fc from "fast-check";
import { Reader } from "../../protocol/bytes/reader.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import { MalformedError } from "../../protocol/errors.ts";
import { MAX_COOKIE_BYTES, MAX_TAG_BYTES } from "../../protocol/params.ts";
import { type Chunk, readChunk } from "../../protocol/wire/chunk.ts";

/** What every chunk of RFC 7016 §2.3 comes down to. */
export interface ChunkCodec<Value> {
  readonly type: number;
  readonly read: (payload: Reader) => Value;
  readonly write: (writer: Writer, value: Value) => void;
  readonly value: fc.Arbitrary<Value>;
}

/** The whole chunk that `write` makes. */
export function chunkOf(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  write(writer);
  return writer.finish();
}

/** The one chunk that `bytes` are, and nothing behind it. */
export function onlyChunk(bytes: Uint8Array): Chunk {
  const reader = new Reader(bytes);
  const chunk = readChunk(bytes, reader);
  assert.ok(chunk, "a chunk");
  assert.equal(reader.remaining, 0, "bytes behind the chunk");
  return chunk;
}

/** Its value, after the check that it has this type. */
export function readOnly<Value>(
  bytes: Uint8Array,
  type: number,
  read: (payload: Reader) => Value,
): Value {
  const chunk = onlyChunk(bytes);
  assert.equal(chunk.type, type);
  return read(chunk.payload);
}

/** decode(encode(value)) is the value, and encoding leaves nothing unread. */
export function assertRoundTrip<Value>(codec: ChunkCodec<Value>): void {
  fc.assert(
    fc.property(codec.value, (value) => {
      const { type, payload } = onlyChunk(chunkOf((writer) => codec.write(writer, value)));
      assert.equal(type, codec.type);
      assert.deepEqual(codec.read(payload), value);
      assert.equal(payload.remaining, 0);
    }),
  );
}

/** Any bytes, and every beginning of a valid payload, are a value or a MalformedError. */
export function assertTotal<Value>(codec: ChunkCodec<Value>): void {
  const attempt = (bytes: Uint8Array): void => {
    try {
      codec.read(new Reader(bytes));
    } catch (error) {
      assert.ok(error instanceof MalformedError, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), attempt));
  fc.assert(
    fc.property(codec.value, (value) => {
      const bytes = chunkOf((writer) => codec.write(writer, value)).subarray(3);
      for (let length = 0; length < bytes.length; length += 1) attempt(bytes.subarray(0, length));
    }),
    { numRuns: 50 },
  );
}

/** Each of the first `count` beginnings of `payload` breaks the chunk's syntax. */
export function assertTruncationsMalformed(
  read: (payload: Reader) => unknown,
  payload: Uint8Array,
  count: number,
): void {
  for (let length = 0; length < count; length += 1) {
    assert.throws(() => read(new Reader(payload.subarray(0, length))), MalformedError, `${length}`);
  }
}

/** A field or the rest of a chunk. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 300 });

/** What a far end chose, to get it back. */
export const anyTag: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: MAX_TAG_BYTES });
export const anyCookie: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: MAX_COOKIE_BYTES });

/** Numbers as VLUs have them, small ones often. */
export const anyVlu: fc.Arbitrary<number> = fc.oneof(
  fc.nat(300),
  fc.integer({ min: 0, max: 2 ** 40 }),
  fc.constant(Number.MAX_SAFE_INTEGER),
);

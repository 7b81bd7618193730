import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import { type IHello, readIHello, writeIHello } from "../../../protocol/wire/chunks/ihello.ts";
import { hex, utf8 } from "../../support/bytes.ts";
import {
  anyBytes,
  anyTag,
  assertRoundTrip,
  assertTotal,
  assertTruncationsMalformed,
  type ChunkCodec,
  chunkOf,
  readOnly,
} from "../../support/chunk-laws.ts";

const codec: ChunkCodec<IHello> = {
  type: ChunkType.ihello,
  read: readIHello,
  write: writeIHello,
  value: fc.record({ endpointDiscriminator: anyBytes, tag: anyTag }, { noNullPrototype: true }),
};

/** As sent by another implementation to a server. */
const recorded = `
  30 002a 19 18 0a 72746d66703a2f2f3132372e302e302e312f62656e6368
  2ca1d7f46e39f0b1497db238069e0cf2`;

test("§2.3.2 an IHello of another implementation", () => {
  const hello = readOnly(hex(recorded), codec.type, readIHello);
  assert.deepEqual(hello.endpointDiscriminator.subarray(0, 2), hex("18 0a"));
  assert.deepEqual(hello.endpointDiscriminator.subarray(2), utf8("rtmfp://127.0.0.1/bench"));
  assert.deepEqual(hello.tag, hex("2ca1d7f46e39f0b1497db238069e0cf2"));
  assert.deepEqual(
    chunkOf((writer) => writeIHello(writer, hello)),
    hex(recorded),
  );
});

test("§2.3.2 every IHello is read back", () => assertRoundTrip(codec));

test("§2.3.2 any bytes are an IHello or malformed", () => assertTotal(codec));

test("§2.3.2 a discriminator that is cut off is malformed", () => {
  assertTruncationsMalformed(readIHello, hex(recorded).subarray(3), 26);
});

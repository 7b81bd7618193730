import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import {
  FragmentControl,
  type NextUserData,
  nextUserDataSize,
  readNextUserData,
  writeNextUserData,
} from "../../../protocol/wire/chunks/user-data.ts";
import { hex } from "../../support/bytes.ts";
import {
  anyBytes,
  assertRoundTrip,
  assertTotal,
  type ChunkCodec,
  chunkOf,
  onlyChunk,
} from "../../support/chunk-laws.ts";

const numbers = { flowId: 2, sequenceNumber: 6, forwardSequenceNumber: 2 };

const codec: ChunkCodec<NextUserData> = {
  type: ChunkType.nextUserData,
  read: readNextUserData,
  write: (writer, chunk) =>
    writeNextUserData(writer, { ...numbers, ...chunk, encodedOptions: undefined }),
  value: fc.record(
    {
      control: fc.constantFrom(...Object.values(FragmentControl)),
      abandoned: fc.boolean(),
      final: fc.boolean(),
      options: fc.constant(undefined),
      data: anyBytes,
    },
    { noNullPrototype: true },
  ),
};

test("§2.3.12 Figure 3: the chunks that continue the first", () => {
  for (const data of ["030405", "060708"]) {
    const bytes = hex(`11 0004 00 ${data}`);
    const chunk = readNextUserData(onlyChunk(bytes).payload);
    assert.deepEqual(chunk.data, hex(data));
    assert.deepEqual(
      chunkOf((writer) => codec.write(writer, chunk)),
      bytes,
    );
    assert.equal(nextUserDataSize(chunk.data), bytes.length);
  }
});

test("§2.3.12 others may repeat options in every chunk", () => {
  const chunk = readNextUserData(new Reader(hex("b0 03 00 abcd 00 01")));
  assert.equal(chunk.control, FragmentControl.middle);
  assert.deepEqual(chunk.options, { metadata: hex("abcd") });
  assert.deepEqual(chunk.data, hex("01"));
});

test("§2.3.12 without flags it is malformed", () => {
  assert.throws(() => readNextUserData(new Reader(hex(""))), MalformedError);
});

test("§2.3.12 every Next User Data is read back", () => assertRoundTrip(codec));

test("§2.3.12 any bytes are Next User Data or malformed", () => assertTotal(codec));

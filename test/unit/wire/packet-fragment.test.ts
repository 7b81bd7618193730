import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import {
  type PacketFragment,
  readPacketFragment,
  writePacketFragment,
} from "../../../protocol/wire/chunks/packet-fragment.ts";
import { hex } from "../../support/bytes.ts";
import {
  anyBytes,
  anyVlu,
  assertRoundTrip,
  assertTotal,
  assertTruncationsMalformed,
  type ChunkCodec,
  chunkOf,
  readOnly,
} from "../../support/chunk-laws.ts";

const codec: ChunkCodec<PacketFragment> = {
  type: ChunkType.packetFragment,
  read: readPacketFragment,
  write: writePacketFragment,
  value: fc.record(
    { moreFragments: fc.boolean(), packetId: anyVlu, fragmentNumber: anyVlu, bytes: anyBytes },
    { noNullPrototype: true },
  ),
};

test("§2.3.1 flags, packet ID, fragment number and bytes", () => {
  const first = { moreFragments: true, packetId: 300, fragmentNumber: 0, bytes: hex("0b0102") };
  const bytes = hex("7f 0007 80 822c 00 0b0102");
  assert.deepEqual(
    chunkOf((writer) => writePacketFragment(writer, first)),
    bytes,
  );
  assert.deepEqual(readOnly(bytes, codec.type, readPacketFragment), first);
});

test("§2.3.1 reserved flags are ignored", () => {
  const last = readOnly(hex("7f 0004 7f 01 02 aa"), codec.type, readPacketFragment);
  assert.deepEqual(last, {
    moreFragments: false,
    packetId: 1,
    fragmentNumber: 2,
    bytes: hex("aa"),
  });
});

test("§2.3.1 every fragment is read back", () => assertRoundTrip(codec));

test("§2.3.1 any bytes are a fragment or malformed", () => assertTotal(codec));

test("§2.3.1 numbers that are cut off are malformed", () => {
  assertTruncationsMalformed(readPacketFragment, hex("80 822c 8100"), 5);
});

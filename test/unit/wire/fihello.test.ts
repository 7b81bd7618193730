import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Origin } from "../../../protocol/wire/address.ts";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import { type FIHello, readFIHello, writeFIHello } from "../../../protocol/wire/chunks/fihello.ts";
import { anyAddress } from "../../support/arbitraries.ts";
import { countingHex, hex } from "../../support/bytes.ts";
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

const codec: ChunkCodec<FIHello> = {
  type: ChunkType.fihello,
  read: readFIHello,
  write: writeFIHello,
  value: fc.record(
    { endpointDiscriminator: anyBytes, replyAddress: anyAddress, tag: anyTag },
    { noNullPrototype: true },
  ),
};

const fingerprint = countingHex(1, 32);
const tag = countingHex(0xa0, 0xaf);
const example = `0f 003a 22 21 0f ${fingerprint} 02 c0000264 c350 ${tag}`;

test("§2.3.3 discriminator, reply address and tag", () => {
  const hello = readOnly(hex(example), codec.type, readFIHello);
  assert.deepEqual(hello, {
    endpointDiscriminator: hex(`21 0f ${fingerprint}`),
    replyAddress: { ip: "192.0.2.100", port: 50_000, origin: Origin.observed },
    tag: hex(tag),
  });
  assert.deepEqual(
    chunkOf((writer) => writeFIHello(writer, hello)),
    hex(example),
  );
});

test("§2.3.3 every FIHello is read back", () => assertRoundTrip(codec));

test("§2.3.3 any bytes are an FIHello or malformed", () => assertTotal(codec));

test("§2.3.3 without its reply address it is malformed", () => {
  assertTruncationsMalformed(readFIHello, hex(example).subarray(3), 42);
});

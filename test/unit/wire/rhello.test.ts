import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import { type RHello, readRHello, writeRHello } from "../../../protocol/wire/chunks/rhello.ts";
import { countingHex, hex } from "../../support/bytes.ts";
import {
  anyBytes,
  anyCookie,
  anyTag,
  assertRoundTrip,
  assertTotal,
  assertTruncationsMalformed,
  type ChunkCodec,
  chunkOf,
  readOnly,
} from "../../support/chunk-laws.ts";

const codec: ChunkCodec<RHello> = {
  type: ChunkType.rhello,
  read: readRHello,
  write: writeRHello,
  value: fc.record(
    { tagEcho: anyTag, cookie: anyCookie, responderCertificate: anyBytes },
    { noNullPrototype: true },
  ),
};

const tag = "2ca1d7f46e39f0b1497db238069e0cf2";
const cookie = countingHex(1, 65);
/** A server's certificate as others send it: accepts ancillary data, group 2, randomness. */
const certificate = `01 0a 02 15 02 41 0e ${countingHex(0x80, 0xbf)}`;
const example = `70 009a 10 ${tag} 41 ${cookie} ${certificate}`;

test("§2.3.4 tag echo, cookie of any length, certificate", () => {
  const hello = readOnly(hex(example), codec.type, readRHello);
  assert.deepEqual(hello, {
    tagEcho: hex(tag),
    cookie: hex(cookie),
    responderCertificate: hex(certificate),
  });
  assert.deepEqual(
    chunkOf((writer) => writeRHello(writer, hello)),
    hex(example),
  );
});

test("§2.3.4 every RHello is read back", () => assertRoundTrip(codec));

test("§2.3.4 any bytes are an RHello or malformed", () => assertTotal(codec));

test("§2.3.4 a tag or cookie that is cut off is malformed", () => {
  assertTruncationsMalformed(readRHello, hex(example).subarray(3), 1 + 16 + 1 + 65);
});

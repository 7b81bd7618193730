import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import {
  type RIKeying,
  readRIKeying,
  writeRIKeying,
} from "../../../protocol/wire/chunks/rikeying.ts";
import { countingHex, hex } from "../../support/bytes.ts";
import {
  anyBytes,
  assertRoundTrip,
  assertTotal,
  assertTruncationsMalformed,
  type ChunkCodec,
  chunkOf,
  readOnly,
} from "../../support/chunk-laws.ts";

/** Reads it, and checks that what was signed is what would be signed. */
function readWhole(payload: Reader): RIKeying {
  const { responderSignedParametersPortion: signed, ...keying } = readRIKeying(payload);
  writeRIKeying(new Writer(), keying, (toSign) => {
    assert.deepEqual(signed, toSign.slice());
    return keying.signature;
  });
  return keying;
}

const write = (writer: Writer, keying: RIKeying): void =>
  writeRIKeying(writer, keying, () => keying.signature);

const codec: ChunkCodec<RIKeying> = {
  type: ChunkType.rikeying,
  read: readWhole,
  write,
  value: fc.record(
    {
      responderSessionId: fc.nat(0xffff_ffff),
      sessionKeyResponderComponent: anyBytes,
      signature: anyBytes,
    },
    { noNullPrototype: true },
  ),
};

/** 139 bytes, as servers of the Flash profile send it. */
const component = `02 1e 07 03 1a 07 10 8102 0d 02 ${countingHex(0x01, 0x80)}`;
const example = `78 0092 fedcba98 810b ${component} 58`;

test("§2.3.8 session ID, component and signature", () => {
  const keying = readOnly(hex(example), codec.type, readWhole);
  assert.deepEqual(keying, {
    responderSessionId: 0xfedc_ba98,
    sessionKeyResponderComponent: hex(component),
    signature: hex("58"),
  });
  assert.deepEqual(
    chunkOf((writer) => write(writer, keying)),
    hex(example),
  );
});

test("§2.3.8 every RIKeying is read back", () => assertRoundTrip(codec));

test("§2.3.8 any bytes are an RIKeying or malformed", () =>
  assertTotal({ ...codec, read: readRIKeying }));

test("§2.3.8 without its signature it is read, with less it is malformed", () => {
  const payload = hex(example).subarray(3);
  assertTruncationsMalformed(readRIKeying, payload, payload.length - 1);
});

test("§2.3.8 what was signed are the bytes that came, however their lengths are written", () => {
  const payload = hex("02000000 8001 aa 58");
  const { responderSignedParametersPortion: signed, signature } = readRIKeying(new Reader(payload));
  assert.deepEqual(signed, payload.subarray(0, -1));
  assert.deepEqual(signature, hex("58"));
});

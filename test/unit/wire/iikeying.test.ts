import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import {
  type IIKeying,
  readIIKeying,
  writeIIKeying,
} from "../../../protocol/wire/chunks/iikeying.ts";
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

const codec: ChunkCodec<IIKeying> = {
  type: ChunkType.iikeying,
  read: readIIKeying,
  write: writeIIKeying,
  value: fc.record(
    {
      initiatorSessionId: fc.nat(0xffff_ffff),
      cookieEcho: anyBytes,
      initiatorCertificate: anyBytes,
      sessionKeyInitiatorComponent: anyBytes,
      signature: anyBytes,
    },
    { noNullPrototype: true },
  ),
};

const cookie = countingHex(1, 65);
/** 132 bytes: lengths above 127 take two bytes. */
const certificate = `8102 1d 02 ${countingHex(0x40, 0xbf)}`;
const component = `02 1d 02 41 0e ${countingHex(0x80, 0xbf)} 03 1a 07 10 02 1e 07`;
const example = `38 011a 02000000 41 ${cookie} 8104 ${certificate} 4c ${component} 58`;

test("§2.3.7 session ID, cookie, certificate, component and signature", () => {
  const keying = readOnly(hex(example), codec.type, readIIKeying);
  assert.deepEqual(keying, {
    initiatorSessionId: 0x0200_0000,
    cookieEcho: hex(cookie),
    initiatorCertificate: hex(certificate),
    sessionKeyInitiatorComponent: hex(component),
    signature: hex("58"),
  });
  assert.deepEqual(
    chunkOf((writer) => writeIIKeying(writer, keying)),
    hex(example),
  );
});

test("§2.3.7 every IIKeying is read back", () => assertRoundTrip(codec));

test("§2.3.7 any bytes are an IIKeying or malformed", () => assertTotal(codec));

test("§2.3.7 without its signature it is read, with less it is malformed", () => {
  const payload = hex(example).subarray(3);
  assertTruncationsMalformed(readIIKeying, payload, payload.length - 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import {
  type IIKeying,
  readIIKeying,
  writeIIKeying,
} from "../../../protocol/wire/chunks/iikeying.ts";
import { countingHex, hex } from "../../support/bytes.ts";
import {
  anyBytes,
  anyCookie,
  assertRoundTrip,
  assertTotal,
  assertTruncationsMalformed,
  type ChunkCodec,
  chunkOf,
  readOnly,
} from "../../support/chunk-laws.ts";

/** Reads it, and checks that what was signed is what would be signed. */
function readWhole(payload: Reader): IIKeying {
  const { initiatorSignedParameters: signed, ...keying } = readIIKeying(payload);
  writeIIKeying(new Writer(), keying, (toSign) => {
    assert.deepEqual(signed, toSign.slice());
    return keying.signature;
  });
  return keying;
}

const write = (writer: Writer, keying: IIKeying): void =>
  writeIIKeying(writer, keying, () => keying.signature);

const codec: ChunkCodec<IIKeying> = {
  type: ChunkType.iikeying,
  read: readWhole,
  write,
  value: fc.record(
    {
      initiatorSessionId: fc.nat(0xffff_ffff),
      cookieEcho: anyCookie,
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
  const keying = readOnly(hex(example), codec.type, readWhole);
  assert.deepEqual(keying, {
    initiatorSessionId: 0x0200_0000,
    cookieEcho: hex(cookie),
    initiatorCertificate: hex(certificate),
    sessionKeyInitiatorComponent: hex(component),
    signature: hex("58"),
  });
  assert.deepEqual(
    chunkOf((writer) => write(writer, keying)),
    hex(example),
  );
});

test("§2.3.7 every IIKeying is read back", () => assertRoundTrip(codec));

test("§2.3.7 any bytes are an IIKeying or malformed", () =>
  assertTotal({ ...codec, read: readIIKeying }));

test("§2.3.7 without its signature it is read, with less it is malformed", () => {
  const payload = hex(example).subarray(3);
  assertTruncationsMalformed(readIIKeying, payload, payload.length - 1);
});

test("§2.3.7 what was signed are the bytes that came, however their lengths are written", () => {
  const payload = hex("02000000 8001 aa 00 00 58");
  const { initiatorSignedParameters: signed, signature } = readIIKeying(new Reader(payload));
  assert.deepEqual(signed, payload.subarray(0, -1));
  assert.deepEqual(signature, hex("58"));
});

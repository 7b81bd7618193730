import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { Origin } from "../../../protocol/wire/address.ts";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import {
  type Redirect,
  readRedirect,
  writeRedirect,
} from "../../../protocol/wire/chunks/redirect.ts";
import { anyAddress } from "../../support/arbitraries.ts";
import { hex } from "../../support/bytes.ts";
import {
  anyTag,
  assertRoundTrip,
  assertTotal,
  type ChunkCodec,
  chunkOf,
  readOnly,
} from "../../support/chunk-laws.ts";

const codec: ChunkCodec<Redirect> = {
  type: ChunkType.redirect,
  read: readRedirect,
  write: writeRedirect,
  value: fc.record(
    { tagEcho: anyTag, destinations: fc.array(anyAddress, { maxLength: 30 }) },
    { noNullPrototype: true },
  ),
};

const example = `71 001e 02 beef
  02 cb007109 078f
  81 fd000000000000000000000000000001 0000
  03`;

test("§2.3.5 any number of addresses of both families", () => {
  const bytes = hex(example).subarray(0, -1);
  bytes[2] = bytes.length - 3;
  const redirect = readOnly(bytes, codec.type, readRedirect);
  assert.deepEqual(redirect, {
    tagEcho: hex("beef"),
    destinations: [
      { ip: "203.0.113.9", port: 1935, origin: Origin.observed },
      { ip: "fd00::1", port: 0, origin: Origin.reported },
    ],
  });
  assert.deepEqual(
    chunkOf((writer) => writeRedirect(writer, redirect)),
    bytes,
  );
});

test("§2.3.5 no address is an implied redirect", () => {
  assert.deepEqual(readRedirect(new Reader(hex("02 beef"))).destinations, []);
});

test("§2.3.5 an address that is cut off makes the whole chunk malformed", () => {
  assert.throws(() => readRedirect(new Reader(hex(example).subarray(3))), MalformedError);
});

test("§2.3.5 every Redirect is read back", () => assertRoundTrip(codec));

test("§2.3.5 any bytes are a Redirect or malformed", () => assertTotal(codec));

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import {
  type CookieChange,
  readCookieChange,
  writeCookieChange,
} from "../../../protocol/wire/chunks/cookie-change.ts";
import { hex } from "../../support/bytes.ts";
import {
  anyCookie,
  assertRoundTrip,
  assertTotal,
  assertTruncationsMalformed,
  type ChunkCodec,
  readOnly,
} from "../../support/chunk-laws.ts";

const codec: ChunkCodec<CookieChange> = {
  type: ChunkType.cookieChange,
  read: readCookieChange,
  write: writeCookieChange,
  value: fc.record({ oldCookie: anyCookie, newCookie: anyCookie }, { noNullPrototype: true }),
};

test("§2.3.6 the old cookie has a length, the new one is the rest", () => {
  const change = readOnly(hex("79 0007 03 010203 0a0b0c"), codec.type, readCookieChange);
  assert.deepEqual(change, { oldCookie: hex("010203"), newCookie: hex("0a0b0c") });
});

test("§2.3.6 every Cookie Change is read back", () => assertRoundTrip(codec));

test("§2.3.6 any bytes are a Cookie Change or malformed", () => assertTotal(codec));

test("§2.3.6 an old cookie that is cut off is malformed", () => {
  assertTruncationsMalformed(readCookieChange, hex("03 010203"), 4);
});

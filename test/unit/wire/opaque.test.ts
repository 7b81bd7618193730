import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reader } from "../../../protocol/bytes/reader.ts";
import type { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { MAX_COOKIE_BYTES, MAX_TAG_BYTES } from "../../../protocol/params.ts";
import { Origin } from "../../../protocol/wire/address.ts";
import {
  readCookieChange,
  writeCookieChange,
} from "../../../protocol/wire/chunks/cookie-change.ts";
import { readFIHello, writeFIHello } from "../../../protocol/wire/chunks/fihello.ts";
import { readIHello, writeIHello } from "../../../protocol/wire/chunks/ihello.ts";
import { readIIKeying, writeIIKeying } from "../../../protocol/wire/chunks/iikeying.ts";
import { readRedirect, writeRedirect } from "../../../protocol/wire/chunks/redirect.ts";
import { readRHello, writeRHello } from "../../../protocol/wire/chunks/rhello.ts";
import { chunkOf, onlyChunk } from "../../support/chunk-laws.ts";

/** The longest that is read is `limit` bytes long. */
function assertLimit(
  limit: number,
  read: (payload: Reader) => unknown,
  write: (writer: Writer, opaque: Uint8Array) => void,
): void {
  const readBack = (length: number): unknown =>
    read(onlyChunk(chunkOf((writer) => write(writer, new Uint8Array(length)))).payload);
  readBack(limit);
  assert.throws(() => readBack(limit + 1), MalformedError);
}

const some = new Uint8Array(8);
const replyAddress = { ip: "192.0.2.1", port: 1935, origin: Origin.observed };

test("§2.3 no tag is read that would make what it is sent back in too long", () => {
  const limit = MAX_TAG_BYTES;
  assertLimit(limit, readIHello, (writer, tag) =>
    writeIHello(writer, { endpointDiscriminator: some, tag }),
  );
  assertLimit(limit, readFIHello, (writer, tag) =>
    writeFIHello(writer, { endpointDiscriminator: some, replyAddress, tag }),
  );
  assertLimit(limit, readRHello, (writer, tagEcho) =>
    writeRHello(writer, { tagEcho, cookie: some, responderCertificate: some }),
  );
  assertLimit(limit, readRedirect, (writer, tagEcho) =>
    writeRedirect(writer, { tagEcho, destinations: [replyAddress] }),
  );
});

test("§2.3 no cookie is read that would make what it is sent back in too long", () => {
  const limit = MAX_COOKIE_BYTES;
  assertLimit(limit, readRHello, (writer, cookie) =>
    writeRHello(writer, { tagEcho: some, cookie, responderCertificate: some }),
  );
  assertLimit(limit, readCookieChange, (writer, newCookie) =>
    writeCookieChange(writer, { oldCookie: some, newCookie }),
  );
  assertLimit(limit, readCookieChange, (writer, oldCookie) =>
    writeCookieChange(writer, { oldCookie, newCookie: some }),
  );
  assertLimit(limit, readIIKeying, (writer, cookieEcho) =>
    writeIIKeying(
      writer,
      {
        initiatorSessionId: 1,
        cookieEcho,
        initiatorCertificate: some,
        sessionKeyInitiatorComponent: some,
      },
      () => some,
    ),
  );
});

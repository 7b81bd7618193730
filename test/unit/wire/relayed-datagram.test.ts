import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MalformedError } from "../../../protocol/errors.ts";
import {
  MAX_RELAYED_BYTES,
  readRelayedDatagram,
  writeRelayedDatagram,
} from "../../../protocol/wire/relayed-datagram.ts";

const peers = fc
  .uint8Array({ minLength: 15, maxLength: 15 })
  .map((bytes) => Uint8Array.of(0xfd, ...bytes));
const datagrams = fc.uint8Array({ minLength: 1, maxLength: MAX_RELAYED_BYTES });

test("a relayed datagram is read as it was written", () => {
  fc.assert(
    fc.property(peers, datagrams, (peer, datagram) => {
      const relayed = readRelayedDatagram(writeRelayedDatagram({ peer, datagram }));
      assert.deepEqual(relayed, { peer, datagram });
    }),
  );
});

test("any bytes are a relayed datagram or malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => {
      const isOne = payload.length > 16 && payload[0] === 0xfd;
      if (isOne) assert.equal(readRelayedDatagram(payload).datagram.length, payload.length - 16);
      else assert.throws(() => readRelayedDatagram(payload), MalformedError);
    }),
  );
});

test("one without a datagram, or with one longer than any network carries, is malformed", () => {
  const peer = new Uint8Array(16).fill(0xfd);
  for (const length of [0, MAX_RELAYED_BYTES + 1]) {
    const payload = writeRelayedDatagram({ peer, datagram: new Uint8Array(length) });
    assert.throws(() => readRelayedDatagram(payload), MalformedError);
  }
});

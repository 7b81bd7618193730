import assert from "node:assert/strict";
import { test } from "node:test";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { MAX_STARTUP_CHUNKS } from "../../../protocol/params.ts";
import { readStartup, unsealStartup } from "../../../protocol/session/startup-packet.ts";
import { writePing } from "../../../protocol/wire/chunks/ping.ts";
import { sealStartup } from "../../support/seal-startup.ts";
import { pooledIdentity } from "../../support/station.ts";

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(0));

/** How many of so many chunks are read. */
function chunksRead(chunks: number): number {
  const datagram = sealStartup(crypto, 0, 0, (writer) => {
    for (let count = 0; count < chunks; count += 1) writePing(writer, Uint8Array.of(count));
  });
  return unsealStartup(crypto, datagram).length;
}

test("of a startup packet a few chunks are read, whatever follows", () => {
  assert.equal(chunksRead(0), 0);
  assert.equal(chunksRead(MAX_STARTUP_CHUNKS), MAX_STARTUP_CHUNKS);
  assert.equal(chunksRead(MAX_STARTUP_CHUNKS + 1), MAX_STARTUP_CHUNKS);
  assert.equal(chunksRead(200), MAX_STARTUP_CHUNKS);
});

test("§2.2.4 a packet in the mode of a session is no startup packet", () => {
  for (const mode of [0, 1, 2])
    assert.throws(() => readStartup(Uint8Array.of(mode)), MalformedError);
});

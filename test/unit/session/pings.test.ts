import assert from "node:assert/strict";
import { test } from "node:test";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { MAX_PINGS, PING_TIMEOUT_MS } from "../../../protocol/params.ts";
import { Pings } from "../../../protocol/session/pings.ts";
import type { Compat } from "../../../protocol/wire/compat.ts";
import { pooledIdentity } from "../../support/station.ts";

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(0));

/** Pings, and the messages that they have sent. */
function stand(compat?: Compat): { readonly pings: Pings; readonly sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  const say = (write: (writer: Writer) => void): void => {
    const writer = new Writer(64);
    write(writer);
    // Behind the chunk's type and length.
    sent.push(writer.finish().subarray(3));
  };
  return { pings: new Pings({ crypto, compat, say }), sent };
}

function outcomes(): { readonly told: (number | undefined)[]; on(ms: number | undefined): void } {
  const told: (number | undefined)[] = [];
  return { told, on: (ms) => told.push(ms) };
}

test("§2.3.10 a reply copies the message: each Ping has its own, and is answered once", () => {
  const { pings, sent } = stand();
  const [one, other] = [outcomes(), outcomes()];
  pings.send(one.on, 100);
  pings.send(other.on, 110);
  const [first, second] = sent;
  assert.ok(first && second);
  pings.takeReply(new Uint8Array(0), 115);
  pings.takeReply(second.slice(), 120);
  pings.takeReply(second.slice(), 121);
  pings.takeReply(first.slice(), 150);
  assert.deepEqual([one.told, other.told], [[50], [10]]);
  assert.equal(pings.timeout, Number.POSITIVE_INFINITY);
});

test("what is not answered is given up, the oldest first", () => {
  const { pings, sent } = stand();
  const { told, on } = outcomes();
  pings.send(on, 0);
  pings.send(on, 1_000);
  assert.equal(pings.timeout, PING_TIMEOUT_MS);
  pings.advance(PING_TIMEOUT_MS - 1);
  assert.deepEqual(told, []);
  pings.advance(PING_TIMEOUT_MS);
  assert.deepEqual(told, [undefined]);
  pings.takeReply(sent[1] ?? new Uint8Array(0), PING_TIMEOUT_MS);
  assert.deepEqual(told, [undefined, PING_TIMEOUT_MS - 1_000]);
});

test("transcribed-Flash far ends return no message: the oldest Ping is meant", () => {
  const { pings } = stand("flash");
  const { told, on } = outcomes();
  pings.send(on, 0);
  pings.takeReply(new Uint8Array(0), 30);
  pings.takeReply(new Uint8Array(0), 40);
  assert.deepEqual(told, [30]);
});

test("no more wait than MAX_PINGS, and nobody waits in vain", () => {
  const { pings } = stand();
  const { told, on } = outcomes();
  for (let count = 0; count < MAX_PINGS; count += 1) pings.send(on, 0);
  assert.throws(() => pings.send(on, 0), { code: "LIMIT" });
  pings.end();
  assert.throws(() => pings.send(on, 0), { code: "CLOSED" });
  assert.deepEqual(told, new Array(MAX_PINGS).fill(undefined));
});

/** What is made for each packet costs more than the packet: one object serves as long as it can. */
import assert from "node:assert/strict";
import nodeCrypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { type TestContext, test } from "node:test";
import { assertJoined, cryptoOf, handshake } from "../../support/flash-handshake.ts";

const MAKERS = [
  "createCipheriv",
  "createDecipheriv",
  "createHmac",
  "createHash",
  "createDiffieHellman",
  "getDiffieHellman",
] as const;

/** Counts the objects that are made of OpenSSL's from now on. */
function counted(t: TestContext): () => Readonly<Record<string, number>> {
  const mocks = MAKERS.map((name) => [name, t.mock.method(nodeCrypto, name).mock] as const);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  return () => {
    const made = mocks.map(([name, mock]) => [name, mock.callCount()] as const);
    return Object.fromEntries(made.filter(([, count]) => count > 0));
  };
}

test("a direction of a session has one cipher at each end, however many packets there are", (t) => {
  const joined = handshake(cryptoOf("ephemeral", [31]), cryptoOf("ephemeral", [31]));
  const made = counted(t);
  for (let packets = 0; packets < 100; packets += 1) assertJoined(joined);
  assert.deepEqual(made(), { createCipheriv: 2, createDecipheriv: 2 });
});

test("a MODP group is one object, however many handshakes there are: making one blocks for long", (t) => {
  const made = counted(t);
  for (const group of [2, 14]) {
    for (const kind of ["static", "ephemeral"] as const) {
      const [near, far] = [cryptoOf(kind, [group]), cryptoOf("ephemeral", [group])];
      for (let count = 0; count < 3; count += 1) handshake(near, far);
    }
  }
  assert.deepEqual(made(), { createDiffieHellman: 2 });
});

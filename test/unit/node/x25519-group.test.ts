import assert from "node:assert/strict";
import { test } from "node:test";
import { x25519Group } from "../../../protocol/node/x25519-group.ts";

test("fifteen thousand key pairs in a row: Node.js 20 has a lock that a garbage collection can wait for", () => {
  const seen = new Set<string>();
  for (let count = 0; count < 15_000; count += 1) {
    const pair = x25519Group.generate();
    if (count % 1_000 === 0) seen.add(pair.publicKey.join());
  }
  assert.equal(seen.size, 15);
});

test("a restored pair is the pair that it was", () => {
  const pair = x25519Group.generate();
  const restored = x25519Group.restore(pair.exportPrivateKey());
  assert.deepEqual(restored.publicKey, pair.publicKey);
  const far = x25519Group.generate();
  assert.deepEqual(restored.agree(far.publicKey), far.agree(pair.publicKey));
});

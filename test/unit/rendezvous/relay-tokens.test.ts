import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { RelayTokens } from "../../../rendezvous/relay/relay-tokens.ts";

const peerId = "0123456789abcdef".repeat(4);

function tokens(now: () => number, secret = "a secret that nobody guesses"): RelayTokens {
  return new RelayTokens(nodePrimitives, new TextEncoder().encode(secret), now);
}

test("a token names its peer for ten minutes, on every server with the same secret", () => {
  let now = 1_750_000_000_123;
  const token = tokens(() => now).mint(peerId);
  const other = tokens(() => now);
  assert.equal(other.read(token), peerId);
  now += 600_000;
  assert.equal(other.read(token), peerId);
  now += 1_000;
  assert.equal(other.read(token), undefined);
});

test("a token of another secret, or with anything changed, names nobody", () => {
  const mint = tokens(() => 0);
  const token = mint.mint(peerId);
  assert.equal(tokens(() => 0, "another secret").read(token), undefined);
  const places = fc.integer({ min: 0, max: token.length - 1 });
  fc.assert(
    fc.property(places, fc.constantFrom("0", "1", "f", ".", "x"), (at, char) => {
      const changed = token.slice(0, at) + char + token.slice(at + 1);
      assert.equal(mint.read(changed), changed === token ? peerId : undefined);
    }),
  );
});

test("any text is a token of ours or none", () => {
  const mint = tokens(() => 0);
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      assert.equal(mint.read(text), undefined);
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import { modpGroups } from "../../protocol/node/modp.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import {
  type DigestLayout,
  findDigest,
  PLAYER,
  publicKeyIn,
  SERVER,
  type Signer,
  sign,
  writeDigest,
} from "../../protocol/rtmp/digest.ts";
import { serverHandshake } from "../../protocol/rtmp/digest-handshake.ts";
import { Rc4 } from "../../protocol/rtmp/rc4.ts";
import { transformSignature } from "../../protocol/rtmp/rtmpe-signature.ts";
import { readJsonVector } from "../support/data.ts";

interface Capture {
  readonly case: string;
  readonly parts: Readonly<Record<"c0c1" | "s0s1s2" | "c2" | "key" | "digest", string | undefined>>;
}

interface Deterministic {
  readonly id: string;
  readonly s0: number;
  readonly client_layout: "D" | "K";
  readonly server_layout: "D" | "K";
  readonly C1: string;
  readonly S1: string;
  readonly C2: string;
  readonly S2: string;
  readonly client_digest: string;
  readonly server_digest: string;
  readonly shared_secret?: string;
  readonly rc4_key_client_to_server: string;
  readonly rc4_key_server_to_client: string;
  readonly keystream_c2s_after_1536: string;
  readonly keystream_s2c_after_1536: string;
}

const LAYOUTS: Readonly<Record<string, DigestLayout>> = { D: "digest-first", K: "key-first" };

/** It says a version, and then has no digest. */
const WITHOUT_DIGEST = "ProtocolRTMPTest.ComplexToSimpleHandshake";

/** Asserts that the last 32 bytes are what `sign` would write there. */
function assertSigned(echo: Uint8Array, digest: Uint8Array, signer: Signer, version: number): void {
  const copy = echo.slice();
  copy.fill(0, copy.length - 32);
  sign(copy, digest, signer, version, nodePrimitives);
  assert.deepEqual(copy, echo);
}

const captures = readJsonVector<{ cases: Capture[] }>("rtmp/handshake-captures.json").cases;
const made = readJsonVector<{ cases: Deterministic[] }>("rtmp/handshake-deterministic.json").cases;

test("all handshake vectors are there", () => {
  assert.equal(captures.length, 4);
  assert.equal(made.length, 16);
});

for (const { case: name, parts } of captures) {
  const opening = fromHex(parts.c0c1 ?? "");
  const found = findDigest(opening.subarray(1), PLAYER, nodePrimitives);

  test(`${name}: what Flash Player sent has a digest or has none, and is answered alike`, () => {
    assert.equal(found !== undefined, name !== WITHOUT_DIGEST);
    if (found) assert.equal(found.layout, "key-first");
    if (parts.digest) assert.equal(toHex(found?.digest ?? new Uint8Array()), parts.digest);
    const server = serverHandshake(nodePrimitives);
    server.receive(opening);
    const answer = server.poll() ?? new Uint8Array();
    assert.equal(answer.length, 3073);
    const mine = findDigest(answer.subarray(1, 1537), SERVER, nodePrimitives);
    assert.equal(mine?.layout, found?.layout);
    if (found) assertSigned(answer.subarray(1537), found.digest, SERVER, 3);
    else assert.deepEqual(answer.subarray(1537), opening.subarray(1));
    server.receive(fromHex(parts.c2 ?? "00".repeat(1536)));
    assert.equal(server.rest?.length, 0);
    assert.equal(server.ciphers, undefined);
  });

  if (parts.s0s1s2 && found) {
    const answer = fromHex(parts.s0s1s2);
    test(`${name}: what Adobe's server answered has digest and signature`, () => {
      const far = findDigest(answer.subarray(1, 1537), SERVER, nodePrimitives);
      assert.equal(far?.layout, "key-first");
      assertSigned(answer.subarray(1537), found.digest, SERVER, 3);
      assertSigned(fromHex(parts.c2 ?? ""), far?.digest ?? new Uint8Array(), PLAYER, 3);
    });
  }
}

for (const handshake of made) {
  const [c1, s1] = [fromHex(handshake.C1), fromHex(handshake.S1)];
  const { s0, client_layout, server_layout } = handshake;

  test(`${handshake.id}: digests and signatures`, () => {
    for (const [opening, signer, layout, digest] of [
      [c1, PLAYER, client_layout, handshake.client_digest],
      [s1, SERVER, server_layout, handshake.server_digest],
    ] as const) {
      const found = findDigest(opening, signer, nodePrimitives);
      assert.equal(found?.layout, LAYOUTS[layout]);
      assert.equal(toHex(found?.digest ?? new Uint8Array()), digest);
      const written = opening.slice();
      assert.equal(
        toHex(writeDigest(written, found?.layout ?? "key-first", signer, nodePrimitives)),
        digest,
      );
      assert.deepEqual(written, opening);
    }
    assertSigned(fromHex(handshake.S2), fromHex(handshake.client_digest), SERVER, s0);
    assertSigned(fromHex(handshake.C2), fromHex(handshake.server_digest), PLAYER, s0);
  });

  const { shared_secret } = handshake;
  if (shared_secret) {
    test(`${handshake.id}: keys of RTMPE`, () => {
      const mac = nodePrimitives.hmacSha256(fromHex(shared_secret));
      const clientKey = publicKeyIn(c1, LAYOUTS[client_layout] ?? "key-first");
      const serverKey = publicKeyIn(s1, LAYOUTS[server_layout] ?? "key-first");
      for (const [publicKey, key, stream] of [
        [serverKey, handshake.rc4_key_client_to_server, handshake.keystream_c2s_after_1536],
        [clientKey, handshake.rc4_key_server_to_client, handshake.keystream_s2c_after_1536],
      ] as const) {
        const rc4Key = mac(publicKey).subarray(0, 16);
        assert.equal(toHex(rc4Key), key);
        const bytes = new Rc4(rc4Key).apply(new Uint8Array(1536 + 32));
        assert.equal(toHex(bytes.subarray(1536)), stream);
      }
    });
  }
}

const blocks = readJsonVector<{
  cases: { key: number; in: string; type8: string; type9: string }[];
}>("rtmp/rtmpe-signature-blocks.json").cases;

test("RTMPE signature blocks of both kinds, with every key that is used", () => {
  assert.equal(blocks.length, 32);
  for (const { key, in: block, type8, type9 } of blocks) {
    if (key === 15) continue; // All take the remainder of fifteen.
    const signature = fromHex(block.repeat(4));
    const selector = new Uint8Array(32).fill(key);
    assert.equal(toHex(transformSignature(signature, selector, 8)), type8.repeat(4));
    assert.equal(toHex(transformSignature(signature, selector, 9)), type9.repeat(4));
    assert.equal(toHex(transformSignature(signature, selector, 6)), block.repeat(4));
  }
});

test("the public constants: two keys, and group 2", () => {
  const constants = readJsonVector<Readonly<Record<string, string>>>(
    "rtmp/handshake-constants.json",
  );
  assert.deepEqual(
    [
      toHex(SERVER.digestKey),
      toHex(SERVER.signatureKey),
      toHex(PLAYER.digestKey),
      toHex(PLAYER.signatureKey),
    ],
    [
      constants.server_key_36,
      constants.server_key_68,
      constants.player_key_30,
      constants.player_key_62,
    ],
  );
  assert.equal(modpGroups.find(({ id }) => id === 2)?.prime, constants.dh_p);
});

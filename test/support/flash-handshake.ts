/** Handshakes of two cryptography profiles, without the sessions around them. */
import assert from "node:assert/strict";
import type { Crypto, PacketCipher, SessionKeys } from "../../protocol/crypto/crypto.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import type { FlashCryptoOptions } from "../../protocol/crypto/flash-options.ts";
import { createIdentity, type Identity } from "../../protocol/crypto/identity.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";

export const kinds: readonly Kind[] = ["static", "ephemeral"];
export type Kind = "static" | "ephemeral";

/** Identities are made once: a test needs a key pair, not a new one. */
const identities = new Map<string, Identity>();
export function identityOf(kind: Kind, groups: readonly number[]): Identity {
  const name = `${kind} ${groups}`;
  const identity = identities.get(name) ?? createIdentity(nodePrimitives, { kind, groups });
  identities.set(name, identity);
  return identity;
}

export function cryptoOf(
  kind: Kind,
  groups: readonly number[],
  options?: FlashCryptoOptions,
): Crypto {
  return createFlashCrypto(nodePrimitives, identityOf(kind, groups), options);
}

export interface Handshake {
  readonly initiator: SessionKeys;
  readonly responder: SessionKeys;
  readonly initiatorComponent: Uint8Array;
  readonly responderComponent: Uint8Array;
}

export function handshake(initiator: Crypto, responder: Crypto): Handshake {
  const initiating = initiator.initiate(initiator.readCertificate(responder.certificate.bytes));
  const far = responder.readCertificate(initiator.certificate.bytes);
  const responding = responder.respond(far, initiating.component);
  return {
    initiator: initiating.finish(responding.component),
    responder: responding.keys,
    initiatorComponent: initiating.component,
    responderComponent: responding.component,
  };
}

export function assertTalks(from: PacketCipher, to: PacketCipher): void {
  const packet = Uint8Array.of(0x01, 0x10, 0x00, 0x01, 0x77);
  for (let count = 0; count < 3; count += 1) {
    from.begin(1200).put(packet);
    const plain = to.unseal(from.seal(0x01020304));
    assert.deepEqual(plain?.subarray(0, packet.length), packet);
  }
}

export function assertJoined({ initiator, responder }: Handshake): void {
  assert.deepEqual(initiator.nearNonce, responder.farNonce);
  assert.deepEqual(initiator.farNonce, responder.nearNonce);
  assert.notDeepEqual(initiator.nearNonce, initiator.farNonce);
  assertTalks(initiator.cipher, responder.cipher);
  assertTalks(responder.cipher, initiator.cipher);
}

import { invariant, RtmfpError } from "../errors.ts";
import { FlashCertificate } from "./certificate.ts";
import type {
  Certificate,
  Crypto,
  InitiatorKeying,
  ResponderKeying,
  SessionKeys,
} from "./crypto.ts";
import { type FlashCryptoOptions, type Policies, policiesOf } from "./flash-options.ts";
import type { Identity } from "./identity.ts";
import { type DirectionKeys, deriveKeys } from "./key-derivation.ts";
import {
  type KeyingComponent,
  readKeyingComponent,
  writeInitiatorComponent,
  writeResponderComponent,
} from "./keying-component.ts";
import { agree, answer } from "./negotiation.ts";
import { FlashPacketCipher } from "./packet-cipher.ts";
import type { KeyPair, Primitives } from "./primitives.ts";
import { defaultProtection, type Protection } from "./protection.ts";
import { publicKeyOf, selectedGroup } from "./public-key-selection.ts";
import { Scratch } from "./scratch.ts";

/**
 * The cryptography profile of RFC 7425 §4. What it does not do: signatures (§4.3.5, no end sends
 * any). Throws RangeError for an option out of range.
 */
export function createFlashCrypto(
  primitives: Primitives,
  identity: Identity,
  options: FlashCryptoOptions = {},
): Crypto {
  return new FlashCrypto(primitives, identity, policiesOf(options));
}

class FlashCrypto implements Crypto {
  readonly startup: FlashPacketCipher;
  readonly certificate: FlashCertificate;
  readonly #primitives: Primitives;
  readonly #keyPairs: Identity["keyPairs"];
  readonly #policies: Policies;
  readonly #scratch = new Scratch();

  constructor(primitives: Primitives, identity: Identity, policies: Policies) {
    this.certificate = identity.certificate;
    this.#primitives = primitives;
    this.#keyPairs = identity.keyPairs;
    this.#policies = policies;
    this.startup = this.#cipher(defaultProtection, defaultProtection);
  }

  random(length: number): Uint8Array {
    return this.#primitives.random(length);
  }

  hash(...parts: readonly Uint8Array[]): Uint8Array {
    return this.#primitives.sha256(...parts);
  }

  equal(one: Uint8Array, other: Uint8Array): boolean {
    return this.#primitives.equal(one, other);
  }

  readCertificate(bytes: Uint8Array): FlashCertificate {
    return new FlashCertificate(bytes, this.#primitives);
  }

  initiate(far: Certificate): InitiatorKeying {
    const farCertificate = flash(far);
    const farGroups = farCertificate.groups;
    const group = this.certificate.groups.find((id) => farGroups.includes(id));
    if (group === undefined) throw new RtmfpError("CRYPTO", "no Diffie-Hellman group in common");
    const pair = this.#keyPair(group);
    const component = writeInitiatorComponent({
      ...this.#key(group, pair),
      groupSelect: this.certificate.isStatic ? group : undefined,
      ...this.#policies,
    });
    return {
      component,
      finish: (responderComponent) => {
        const farComponent = readKeyingComponent(responderComponent);
        const secret = pair.agree(publicKeyOf(farCertificate, farComponent, group));
        return this.#sessionKeys(secret, component, responderComponent, farComponent);
      },
    };
  }

  respond(far: Certificate, initiatorComponent: Uint8Array): ResponderKeying {
    const farComponent = readKeyingComponent(initiatorComponent);
    const group = selectedGroup(farComponent);
    const farKey = publicKeyOf(flash(far), farComponent, group);
    const pair = this.#keyPair(group);
    const component = writeResponderComponent({
      ...this.#key(group, pair),
      hmac: answer(this.#policies.hmac, farComponent.hmac),
      sequenceNumbers: answer(this.#policies.sequenceNumbers, farComponent.sequenceNumbers),
    });
    const secret = pair.agree(farKey);
    return {
      component,
      keys: this.#sessionKeys(secret, component, initiatorComponent, farComponent),
    };
  }

  /** A static identity has one pair in a group; for an ephemeral one every session gets a new one. */
  #keyPair(group: number): KeyPair {
    const { isStatic, groups } = this.certificate;
    const fresh = !isStatic && groups.includes(group);
    const pair = fresh ? this.#primitives.group(group)?.generate() : this.#keyPairs.get(group);
    if (pair === undefined) throw new RtmfpError("CRYPTO", `no key in group ${group}`);
    return pair;
  }

  /** RFC 7425 §4.6.1: a new public key makes a session's keys unique, or else randomness. */
  #key(
    group: number,
    { publicKey }: KeyPair,
  ): Pick<KeyingComponent, "ephemeralKey" | "extraRandomness"> {
    return this.certificate.isStatic
      ? { extraRandomness: this.random(RANDOMNESS_LENGTH) }
      : { ephemeralKey: { group, publicKey } };
  }

  #sessionKeys(
    secret: Uint8Array,
    nearComponent: Uint8Array,
    farComponent: Uint8Array,
    far: KeyingComponent,
  ): SessionKeys {
    const { hmac, sequenceNumbers } = this.#policies;
    const hmacs = agree(hmac, far.hmac, "an HMAC");
    const numbers = agree(sequenceNumbers, far.sequenceNumbers, "session sequence numbers");
    const keys = deriveKeys(this.#primitives, secret, nearComponent, farComponent);
    const send = protection(keys.send, hmacs.send ? hmac.length : 0, numbers.send);
    const receive = protection(keys.receive, hmacs.expect ? far.hmac.length : 0, numbers.expect);
    const { nearNonce, farNonce } = keys;
    return { cipher: this.#cipher(send, receive), nearNonce, farNonce };
  }

  #cipher(send: Protection, receive: Protection): FlashPacketCipher {
    return new FlashPacketCipher(this.#primitives, this.#scratch, send, receive);
  }
}

function protection(keys: DirectionKeys, hmacLength: number, sequenceNumbers: boolean): Protection {
  const aesKey = keys.encryption.subarray(0, AES_KEY_LENGTH);
  const hmac = hmacLength === 0 ? undefined : { key: keys.hmac, length: hmacLength };
  return { aesKey, hmac, sequenceNumbers };
}

function flash(certificate: Certificate): FlashCertificate {
  invariant(certificate instanceof FlashCertificate, "certificates are of this profile");
  return certificate;
}

/** AES-128. */
const AES_KEY_LENGTH = 16;

/** RFC 7425 §4.5.2.2: 16 to 64 bytes; there are far ends that accept 64 only. */
const RANDOMNESS_LENGTH = 64;

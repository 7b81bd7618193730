import { concat } from "../bytes/concat.ts";
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
import { ForwardSecrecy } from "./forward-secrecy.ts";
import type { Identity } from "./identity.ts";
import { type DerivedKeys, type DirectionKeys, deriveKeys } from "./key-derivation.ts";
import { KeySupply } from "./key-supply.ts";
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
import { FlashSessionKeys } from "./session-keys.ts";
import { noSigner, PasswordSigner, type Signer } from "./signature.ts";
import { isTranscribedInitiator, transcribedAnswer } from "./transcribed.ts";

/**
 * The cryptography profile of RFC 7425 §4, and forward secrecy between two static certificates.
 * Throws RangeError for an option out of range, or one that does not go with the others.
 */
export function createFlashCrypto(
  primitives: Primitives,
  identity: Identity,
  options: FlashCryptoOptions = {},
): Crypto {
  const policies = policiesOf(options, identity);
  const { password } = options;
  const signer = password === undefined ? noSigner : new PasswordSigner(primitives, password);
  return new FlashCrypto(primitives, identity, policies, signer);
}

class FlashCrypto implements Crypto {
  readonly startup: FlashPacketCipher;
  readonly certificate: FlashCertificate;
  readonly #primitives: Primitives;
  readonly #keyPairs: Identity["keyPairs"];
  readonly #keySupply: KeySupply;
  readonly #policies: Policies;
  readonly #signer: Signer;
  readonly #forwardSecrecy: ForwardSecrecy;
  readonly #scratch = new Scratch();

  constructor(primitives: Primitives, identity: Identity, policies: Policies, signer: Signer) {
    const { certificate, keyPairs } = identity;
    this.certificate = certificate;
    this.#primitives = primitives;
    this.#keyPairs = keyPairs;
    this.#keySupply = new KeySupply(primitives);
    this.#policies = policies;
    this.#signer = signer;
    this.#forwardSecrecy = new ForwardSecrecy(primitives, policies.forwardSecrecy, certificate);
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

  sign(...parameters: readonly Uint8Array[]): Uint8Array {
    return this.#signer.sign(concat(parameters));
  }

  verify(signature: Uint8Array, ...parameters: readonly Uint8Array[]): void {
    if (this.#signer.isAcceptable(signature, concat(parameters))) return;
    throw new RtmfpError("CRYPTO", "the far end does not know the password");
  }

  prepare(): void {
    const { isStatic, groups } = this.certificate;
    const [group] = groups;
    if (isStatic) this.#forwardSecrecy.prepare();
    else if (group !== undefined) this.#keySupply.prepare(group);
  }

  initiate(far: Certificate): InitiatorKeying {
    const farCertificate = flash(far);
    const farGroups = farCertificate.groups;
    const group = this.certificate.groups.find((id) => farGroups.includes(id));
    if (group === undefined) throw new RtmfpError("CRYPTO", "no Diffie-Hellman group in common");
    const pair = this.#keyPair(group);
    const forwardSecrecy = this.#forwardSecrecy.offer(farCertificate);
    const component = writeInitiatorComponent({
      ...this.#key(group, pair),
      groupSelect: this.certificate.isStatic ? group : undefined,
      forwardSecrecyKey: forwardSecrecy.publicKey,
      hmac: this.#policies.hmac,
      sequenceNumbers: this.#policies.sequenceNumbers,
    });
    return {
      component,
      finish: (responderComponent) => {
        const farComponent = readKeyingComponent(responderComponent);
        const secret = pair.agree(publicKeyOf(farCertificate, farComponent, group));
        const mixed = forwardSecrecy.mix(secret, farComponent.forwardSecrecyKey);
        const keys = deriveKeys(this.#primitives, mixed, component, responderComponent);
        return this.#sessionKeys(keys, this.#policies, farComponent);
      },
    };
  }

  respond(far: Certificate, initiatorComponent: Uint8Array): ResponderKeying {
    const farCertificate = flash(far);
    const farComponent = readKeyingComponent(initiatorComponent);
    const group = selectedGroup(farComponent);
    const farKey = publicKeyOf(farCertificate, farComponent, group);
    const pair = this.#keyPair(group);
    const forwardSecrecy = this.#forwardSecrecy.answer(farCertificate, farComponent);
    const isTranscribed = isTranscribedInitiator(farCertificate, initiatorComponent, farComponent);
    const policies = isTranscribed ? transcribedAnswer(this.#policies) : this.#policies;
    const component = writeResponderComponent({
      ...this.#key(group, pair),
      forwardSecrecyKey: forwardSecrecy.publicKey,
      hmac: answer(policies.hmac, farComponent.hmac),
      sequenceNumbers: answer(policies.sequenceNumbers, farComponent.sequenceNumbers),
    });
    const secret = forwardSecrecy.mix(pair.agree(farKey), farComponent.forwardSecrecyKey);
    const keys = deriveKeys(this.#primitives, secret, component, initiatorComponent);
    return { component, keys: this.#sessionKeys(keys, policies, farComponent) };
  }

  /** A static identity has one pair in a group; for an ephemeral one every session gets a new one. */
  #keyPair(group: number): KeyPair {
    const { isStatic, groups } = this.certificate;
    const fresh = !isStatic && groups.includes(group);
    const pair = fresh ? this.#keySupply.take(group) : this.#keyPairs.get(group);
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

  #sessionKeys(keys: DerivedKeys, policies: SessionPolicies, far: KeyingComponent): SessionKeys {
    const { hmac, sequenceNumbers, compat } = policies;
    const hmacs = agree(hmac, far.hmac, "an HMAC");
    const numbers = agree(sequenceNumbers, far.sequenceNumbers, "session sequence numbers");
    const send = protection(keys.send, hmacs.send ? hmac.length : 0, numbers.send);
    const receive = protection(keys.receive, hmacs.expect ? far.hmac.length : 0, numbers.expect);
    return new FlashSessionKeys(this.#cipher(send, receive), keys, compat);
  }

  #cipher(send: Protection, receive: Protection): FlashPacketCipher {
    return new FlashPacketCipher(this.#primitives, this.#scratch, send, receive);
  }
}

type SessionPolicies = Pick<Policies, "hmac" | "sequenceNumbers" | "compat">;

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

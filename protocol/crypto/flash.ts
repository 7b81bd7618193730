import { invariant, RtmfpError } from "../errors.ts";
import { FlashCertificate } from "./certificate.ts";
import type { ReadContent } from "./certificate-content.ts";
import type {
  Certificate,
  Crypto,
  InitiatorKeying,
  ResponderKeying,
  SessionKeys,
} from "./crypto.ts";
import { type FlashCryptoOptions, type Policies, policiesOf } from "./flash-options.ts";
import { FORWARD_SECRECY_GROUP, ForwardSecrecy } from "./forward-secrecy.ts";
import type { Identity } from "./identity.ts";
import { type DerivedKeys, type DirectionKeys, deriveKeys } from "./key-derivation.ts";
import { KeySupply } from "./key-supply.ts";
import {
  type KeyingComponent,
  readKeyingComponent,
  writeInitiatorComponent,
  writeResponderComponent,
} from "./keying-component.ts";
import { agree, answer, type Protections } from "./negotiation.ts";
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
  /** What our certificate says. */
  readonly #near: ReadContent;
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
    this.#policies = policies;
    this.#signer = signer;
    this.#near = certificate.content;
    const { forwardSecrecy } = policies;
    this.#keySupply = new KeySupply(primitives, groupOfNewKeys(this.#near, forwardSecrecy));
    this.#forwardSecrecy = new ForwardSecrecy(
      primitives,
      forwardSecrecy,
      this.#near,
      this.#keySupply,
    );
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
    return this.#signer.sign(parameters);
  }

  verify(signature: Uint8Array, ...parameters: readonly Uint8Array[]): void {
    if (this.#signer.isAcceptable(signature, parameters)) return;
    throw new RtmfpError("CRYPTO", "the far end does not know the password");
  }

  prepare(): void {
    this.#keySupply.prepare();
  }

  initiate(far: Certificate): InitiatorKeying {
    const { content } = flash(far);
    const { groups } = content;
    const group = this.#near.groups.find((id) => groups.includes(id));
    if (group === undefined) throw new RtmfpError("CRYPTO", "no Diffie-Hellman group in common");
    const pair = this.#keyPair(group);
    const forwardSecrecy = this.#forwardSecrecy.offer(content);
    const component = writeInitiatorComponent({
      groupSelect: this.#near.isStatic ? group : undefined,
      forwardSecrecyKey: forwardSecrecy.publicKey,
      hmac: this.#policies.hmac,
      sequenceNumbers: this.#policies.sequenceNumbers,
      ...this.#key(group, pair),
    });
    return {
      component,
      finish: (responderComponent) => {
        const farComponent = readKeyingComponent(responderComponent);
        const protections = agreedOn(this.#policies, farComponent);
        const secret = pair.agree(publicKeyOf(content, farComponent, group));
        const mixed = forwardSecrecy.mix(secret, farComponent.forwardSecrecyKey);
        const keys = deriveKeys(this.#primitives, mixed, component, responderComponent);
        return this.#sessionKeys(keys, protections, this.#policies.compat);
      },
    };
  }

  respond(far: Certificate, initiatorComponent: Uint8Array): ResponderKeying {
    const { bytes, content } = flash(far);
    const farComponent = readKeyingComponent(initiatorComponent);
    const group = selectedGroup(farComponent);
    const farKey = publicKeyOf(content, farComponent, group);
    const isTranscribed = isTranscribedInitiator(
      { bytes, content },
      initiatorComponent,
      farComponent,
    );
    const policies = isTranscribed ? transcribedAnswer(this.#policies) : this.#policies;
    const protections = agreedOn(policies, farComponent);
    // What we refuse is not to cost us a key pair.
    this.#primitives.group(group)?.check(farKey);
    const pair = this.#keyPair(group);
    const forwardSecrecy = this.#forwardSecrecy.answer(content, farComponent);
    const component = writeResponderComponent({
      forwardSecrecyKey: forwardSecrecy.publicKey,
      hmac: answer(policies.hmac, farComponent.hmac),
      sequenceNumbers: answer(policies.sequenceNumbers, farComponent.sequenceNumbers),
      ...this.#key(group, pair),
    });
    const secret = forwardSecrecy.mix(pair.agree(farKey), farComponent.forwardSecrecyKey);
    const keys = deriveKeys(this.#primitives, secret, component, initiatorComponent);
    return { component, keys: this.#sessionKeys(keys, protections, policies.compat) };
  }

  /** A static identity has one pair in a group; for an ephemeral one every session gets a new one. */
  #keyPair(group: number): KeyPair {
    const { isStatic, groups } = this.#near;
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
    return this.#near.isStatic
      ? { extraRandomness: this.random(RANDOMNESS_LENGTH) }
      : { ephemeralKey: { group, publicKey } };
  }

  #sessionKeys(keys: DerivedKeys, agreed: Agreed, compat: Policies["compat"]): SessionKeys {
    const send = protection(keys.send, agreed.send);
    const receive = protection(keys.receive, agreed.receive);
    return new FlashSessionKeys(this.#cipher(send, receive), keys, compat);
  }

  #cipher(send: Protection, receive: Protection): FlashPacketCipher {
    return new FlashPacketCipher(this.#primitives, this.#scratch, send, receive);
  }
}

/** How packets are protected in each direction. */
interface Agreed {
  readonly send: AgreedProtection;
  readonly receive: AgreedProtection;
}

interface AgreedProtection {
  /** 0: none. */
  readonly hmacLength: number;
  readonly sequenceNumbers: boolean;
}

/** Throws RtmfpError `CRYPTO` if we require what the far end will not send. */
function agreedOn({ hmac, sequenceNumbers }: Protections, far: KeyingComponent): Agreed {
  const hmacs = agree(hmac, far.hmac, "an HMAC");
  const numbers = agree(sequenceNumbers, far.sequenceNumbers, "session sequence numbers");
  return {
    send: { hmacLength: hmacs.send ? hmac.length : 0, sequenceNumbers: numbers.send },
    receive: { hmacLength: hmacs.expect ? far.hmac.length : 0, sequenceNumbers: numbers.expect },
  };
}

function protection(
  keys: DirectionKeys,
  { hmacLength, sequenceNumbers }: AgreedProtection,
): Protection {
  const aesKey = keys.encryption.slice(0, AES_KEY_LENGTH);
  const hmac = hmacLength === 0 ? undefined : { key: keys.hmac, length: hmacLength };
  return { aesKey, hmac, sequenceNumbers };
}

/** A static identity makes new keys for forward secrecy alone, an ephemeral one for each session. */
function groupOfNewKeys(
  { isStatic, groups }: ReadContent,
  forwardSecrecy: Policies["forwardSecrecy"],
): number | undefined {
  if (!isStatic) return groups[0];
  return forwardSecrecy === "off" ? undefined : FORWARD_SECRECY_GROUP;
}

function flash(certificate: Certificate): FlashCertificate {
  invariant(certificate instanceof FlashCertificate, "certificates are of this profile");
  return certificate;
}

/** AES-128. */
const AES_KEY_LENGTH = 16;

/** RFC 7425 §4.5.2.2: 16 to 64 bytes; there are far ends that accept 64 only. */
const RANDOMNESS_LENGTH = 64;

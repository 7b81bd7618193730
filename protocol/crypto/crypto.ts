import type { Writer } from "../bytes/writer.ts";
import type { Compat } from "../wire/compat.ts";

/**
 * What sessions ask of a cryptography profile, RFC 7016 §2.2.3, §3.2 and §3.5. `flash.ts` is the
 * profile of RFC 7425; another could stand beside it. All calls are synchronous.
 */
export interface Crypto {
  /** Seals and unseals startup packets: the default session key, RFC 7425 §4.1. */
  readonly startup: PacketCipher;
  /** My certificate as it goes into RHello and IIKeying. */
  readonly certificate: Certificate;
  /** `length` unpredictable bytes. */
  random(length: number): Uint8Array;
  /** SHA-256 of the concatenation of `parts`: for cookies and address probes, RFC 7016 §3.5. */
  hash(...parts: readonly Uint8Array[]): Uint8Array;
  /** Compares in time that depends on the lengths alone. */
  equal(one: Uint8Array, other: Uint8Array): boolean;
  /** Reads a far certificate. Throws MalformedError. */
  readCertificate(bytes: Uint8Array): Certificate;
  /** The signature field of a keying message with these signed parameters, RFC 7425 §4.3.5. */
  sign(...parameters: readonly Uint8Array[]): Uint8Array;
  /**
   * Throws RtmfpError `CRYPTO` unless `signature` is one that this end accepts for these signed
   * parameters; without anything to check it against, that is any.
   */
  verify(signature: Uint8Array, ...parameters: readonly Uint8Array[]): void;
  /** Keying may follow: makes what takes time, unless it is there. Cheap to call often. */
  prepare(): void;
  /** The initiator's half of keying towards `far`. Throws RtmfpError `CRYPTO` if we share no group. */
  initiate(far: Certificate): InitiatorKeying;
  /**
   * The responder's half: answers a Session Key Initiator Component. Throws MalformedError, or
   * RtmfpError `CRYPTO` for a bad key or requirements we cannot meet.
   */
  respond(far: Certificate, initiatorComponent: Uint8Array): ResponderKeying;
}

/** RFC 7016 §3.2 and RFC 7425 §4.3: who an endpoint is. */
export interface Certificate {
  readonly bytes: Uint8Array;
  /** SHA-256 of the canonical section, 32 bytes: the peer ID; made anew each time. */
  readonly fingerprint: Uint8Array;
  /** The same in hexadecimal digits. */
  readonly peerId: string;
  /**
   * It holds a public key, so that a session with it proves who its owner is, RFC 7425 §4.3.4; without,
   * everybody who has seen it can show it, §7.
   */
  readonly isStatic: boolean;
  /** The discriminator that names this certificate and no other, RFC 7016 §3.2, RFC 7425 §4.4.2. */
  readonly canonicalDiscriminator: Uint8Array;
  /**
   * Does this endpoint discriminator name the certificate's owner? RFC 7425 §4.4.3. Throws
   * MalformedError.
   */
  isSelectedBy(endpointDiscriminator: Uint8Array): boolean;
  /** As the near end's certificate: does it stay the initiator on glare? RFC 7425 §4.3.6. */
  prevailsOver(far: Certificate): boolean;
}

export interface InitiatorKeying {
  /** Session Key Initiator Component, sent in IIKeying. */
  readonly component: Uint8Array;
  /** Throws MalformedError, or RtmfpError `CRYPTO`. */
  finish(responderComponent: Uint8Array): SessionKeys;
}

export interface ResponderKeying {
  /** Session Key Responder Component, sent in RIKeying. */
  readonly component: Uint8Array;
  readonly keys: SessionKeys;
}

export interface SessionKeys {
  readonly cipher: PacketCipher;
  /** Known to both ends only, for challenges of the application, RFC 7425 §4.6.5. */
  readonly nearNonce: Uint8Array;
  readonly farNonce: Uint8Array;
  /** "flash": the far end is, or may be, one that knows only what Flash Player was seen to do. */
  readonly compat: Compat | undefined;
}

/**
 * Turns plain packets (RFC 7016 §2.2.4) into the encrypted part of a datagram and back,
 * for one session and both directions.
 */
export interface PacketCipher {
  /**
   * Begins a packet in the scratch that all ciphers of an endpoint share: write the packet (flags,
   * timestamps, chunks) after what the writer already holds, then `seal`. `room` of the writer is
   * what fits into a datagram (UDP payload) of `datagramLimit` bytes. Beginning again, with any
   * cipher of the endpoint, throws an unsealed packet away.
   */
  begin(datagramLimit: number): Writer;
  /** The whole datagram (scrambled session ID, then ciphertext): a new array, the caller's to keep. */
  seal(sessionId: number): Uint8Array;
  /**
   * The plain packet inside a received datagram, padding included (a view the caller may keep), or
   * undefined if it is not authentic, a replay, or too short.
   */
  unseal(datagram: Uint8Array): Uint8Array | undefined;
  /** The same for datagrams that came together, in this order, which costs less than one by one. */
  unsealAll(datagrams: readonly Uint8Array[]): readonly (Uint8Array | undefined)[];
}

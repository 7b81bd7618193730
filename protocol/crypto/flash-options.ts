import type { Compat } from "../wire/compat.ts";
import type { Identity } from "./identity.ts";
import type { Policy, Protections } from "./negotiation.ts";
import { isTranscribedCertificate, transcribedOffer } from "./transcribed.ts";

/** How sessions are keyed and their packets verified, RFC 7425 §4. */
export interface FlashCryptoOptions {
  readonly hmac?: HmacOptions | undefined;
  readonly sequenceNumbers?: ProtectionOptions | undefined;
  /**
   * Between two static certificates, an ephemeral key beside them, so that nobody who gets hold of
   * their private keys later opens recorded sessions (docs/forward-secrecy.md). "offer": with far
   * ends that know of it; "require": refuse static far ends that do not.
   * @default "offer"
   */
  readonly forwardSecrecy?: "offer" | "require" | "off" | undefined;
  /**
   * Prove to far ends that we know it, and refuse those that do not, RFC 7425 §4.3.5.1.1. The proof
   * does not cover the responder's certificate: connect to a fingerprint where that matters.
   * @default none, and everybody is welcome
   */
  readonly password?: PasswordOptions | undefined;
  /**
   * "flash": say and expect nothing but the fixed layouts that librtmfp and MonaServer know. Takes an
   * identity that is static in group 2 alone, and none of the other options.
   * @default what RFC 7425 allows, answering those far ends as they need
   */
  readonly compat?: Compat | undefined;
}

export interface PasswordOptions {
  /** Which password it is, a user name for instance: at most 255 bytes of UTF-8. */
  readonly id: string;
  readonly secret: string;
}

export interface ProtectionOptions {
  /**
   * Send it in every session.
   * @default true
   */
  readonly willSendAlways?: boolean | undefined;
  /**
   * Send it to far ends that request it.
   * @default true
   */
  readonly willSendOnRequest?: boolean | undefined;
  /**
   * Ask the far end to send it.
   * @default true
   */
  readonly request?: boolean | undefined;
  /**
   * Refuse far ends that will not send it.
   * @default false
   */
  readonly require?: boolean | undefined;
}

export interface HmacOptions extends ProtectionOptions {
  /**
   * Bytes of the HMAC on a packet that we send, 4 to 32.
   * @default 16
   */
  readonly length?: number | undefined;
}

export interface Policies extends Protections {
  readonly forwardSecrecy: "offer" | "require" | "off";
  readonly compat: Compat | undefined;
}

/** Throws RangeError for an option out of range, or that does not go with the others. */
export function policiesOf(options: FlashCryptoOptions, identity: Identity): Policies {
  checkPassword(options.password);
  if (options.compat === "flash") {
    checkTranscribed(options, identity);
    return { ...transcribedOffer, forwardSecrecy: "off", compat: "flash" };
  }
  if (options.compat !== undefined) throw new RangeError('compat: "flash" or nothing');
  const { hmac = {}, sequenceNumbers = {}, forwardSecrecy = "offer" } = options;
  const { length = 16 } = hmac;
  if (!Number.isInteger(length) || length < 4 || length > 32) {
    throw new RangeError("hmac.length: 4 to 32 bytes");
  }
  if (!FORWARD_SECRECY.has(forwardSecrecy)) {
    throw new RangeError('forwardSecrecy: "offer", "require" or "off"');
  }
  return {
    hmac: { ...policyOf(hmac), length },
    sequenceNumbers: policyOf(sequenceNumbers),
    forwardSecrecy,
    compat: undefined,
  };
}

function policyOf(options: ProtectionOptions): Policy {
  const { willSendAlways = true, willSendOnRequest = true, request = true } = options;
  return { willSendAlways, willSendOnRequest, request, require: options.require ?? false };
}

function checkPassword(password: PasswordOptions | undefined): void {
  if (password === undefined) return;
  if (new TextEncoder().encode(password.id).length > MAX_PASSWORD_ID_LENGTH) {
    throw new RangeError(`password.id: at most ${MAX_PASSWORD_ID_LENGTH} bytes`);
  }
  if (password.secret === "") throw new RangeError("password.secret: empty");
}

function checkTranscribed(options: FlashCryptoOptions, { certificate }: Identity): void {
  for (const field of ["hmac", "sequenceNumbers", "forwardSecrecy", "password"] as const) {
    if (options[field] !== undefined) throw new RangeError(`${field}: not with compat: "flash"`);
  }
  if (!isTranscribedCertificate(certificate)) {
    throw new RangeError('compat: "flash" takes an identity that is static in group 2 alone');
  }
}

const FORWARD_SECRECY: ReadonlySet<string> = new Set(["offer", "require", "off"]);

/** It goes into the one datagram of an IIKeying, beside a certificate. */
const MAX_PASSWORD_ID_LENGTH = 255;

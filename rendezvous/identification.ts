import type { AmfObject, AmfValue } from "../protocol/amf/value.ts";
import { fromHex, toHex } from "../protocol/bytes/hex.ts";
import {
  challengeIdentity,
  type PendingChallenge,
  type ProofContext,
} from "../protocol/crypto/identity-proof.ts";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import { RtmfpError } from "../protocol/errors.ts";
import { Refusal } from "./refusal.ts";

/** How the far end of an RTMP connection proves which peer it is, docs/relay.md. */
export class Identification {
  readonly #primitives: Primitives;
  #pending: PendingChallenge | undefined;
  #challenges = 0;

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  /** Answers the challenge. Throws Refusal. */
  identify(certificate: AmfValue): AmfObject {
    this.#challenges += 1;
    if (this.#challenges > MAX_CHALLENGES) throw new Refusal("TOO_FAST", "connect again");
    const bytes = bytesOf(certificate, MAX_CERTIFICATE_BYTES, "a certificate");
    this.#pending = badRequestOf(() => challengeIdentity(this.#primitives, bytes));
    const { group, publicKey, nonce } = this.#pending.challenge;
    return { group, publicKey: toHex(publicKey), nonce: toHex(nonce) };
  }

  /** Answers the certificate whose owner has met the challenge. Throws Refusal. */
  prove(proof: AmfValue, context: ProofContext): PendingChallenge["certificate"] {
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending) throw new Refusal("BAD_PROOF", "there is no challenge: identify");
    if (pending.check(bytesOf(proof, PROOF_BYTES, "a proof"), context)) return pending.certificate;
    throw new Refusal("BAD_PROOF", "the certificate belongs to somebody else");
  }
}

function bytesOf(value: AmfValue, maxBytes: number, what: string): Uint8Array {
  const isFine = typeof value === "string" && value.length <= 2 * maxBytes;
  if (!isFine) throw new Refusal("BAD_REQUEST", `${what} is hexadecimal text`);
  return badRequestOf(() => fromHex(value));
}

function badRequestOf<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RtmfpError)) throw error;
    throw new Refusal("BAD_REQUEST", error.message);
  }
}

/** Each costs a Diffie-Hellman key and its secret; nobody needs a second. */
const MAX_CHALLENGES = 2;
const MAX_CERTIFICATE_BYTES = 4_096;
/** HMAC-SHA-256 */
const PROOF_BYTES = 32;

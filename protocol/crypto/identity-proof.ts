import { Writer } from "../bytes/writer.ts";
import { RtmfpError } from "../errors.ts";
import { FlashCertificate } from "./certificate.ts";
import { DEFAULT_GROUPS, type Identity } from "./identity.ts";
import type { Group, Primitives } from "./primitives.ts";

/** What one who claims to be a peer has to answer, docs/relay.md. */
export interface IdentityChallenge {
  /** The Diffie-Hellman group of `publicKey`. */
  readonly group: number;
  /** Made for this challenge alone. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
}

/** Where the proof is given: it is worth nothing elsewhere. */
export interface ProofContext {
  readonly app: string;
  /** The server's URL as the one who proves knows it. */
  readonly url: string;
}

/** A challenge that waits for its proof. */
export interface PendingChallenge {
  readonly challenge: IdentityChallenge;
  readonly certificate: FlashCertificate;
  /**
   * Answers whether `proof` shows that the far end holds the private key of the certificate. Good for
   * one answer: the second is never right.
   */
  check(proof: Uint8Array, context: ProofContext): boolean;
}

/**
 * Challenges whoever shows `certificate` to prove that it is theirs, where no session with keys of
 * its own proves it. Throws MalformedError, or RtmfpError `CRYPTO` for a certificate without a static
 * key that we can use: it is nobody's.
 */
export function challengeIdentity(
  primitives: Primitives,
  certificateBytes: Uint8Array,
): PendingChallenge {
  const certificate = new FlashCertificate(certificateBytes, primitives);
  const { group, farPublicKey } = usableKey(primitives, certificate);
  const ephemeral = group.generate();
  const secret = ephemeral.agree(farPublicKey);
  const { publicKey } = ephemeral;
  const nonce = primitives.random(NONCE_BYTES);
  const challenge = { group: group.id, publicKey, nonce };
  let isAnswered = false;
  return {
    challenge,
    certificate,
    check(proof, context) {
      if (isAnswered) return false;
      isAnswered = true;
      return primitives.equal(proof, proofOf(primitives, secret, certificate, challenge, context));
    },
  };
}

/** The proof that `identity` is ours. Throws RtmfpError `CRYPTO` for a challenge that it cannot meet. */
export function proveIdentity(
  primitives: Primitives,
  identity: Identity,
  challenge: IdentityChallenge,
  context: ProofContext,
): Uint8Array {
  const { nonce, publicKey } = challenge;
  if (nonce.length !== NONCE_BYTES || publicKey.length > MAX_KEY_BYTES) {
    throw new RtmfpError("CRYPTO", "a challenge of another length");
  }
  const keyPair = identity.keyPairs.get(challenge.group);
  if (!keyPair) throw new RtmfpError("CRYPTO", `no key of group ${challenge.group}`);
  const secret = keyPair.agree(publicKey);
  return proofOf(primitives, secret, identity.certificate, challenge, context);
}

/**
 * The key is one that no session derives from the same secret (RFC 7425 §4.6.3): whatever a server
 * makes us prove tells it nothing about those. Everything that the two have said is in the message,
 * each part behind its length.
 */
function proofOf(
  primitives: Primitives,
  secret: Uint8Array,
  certificate: FlashCertificate,
  { group, publicKey, nonce }: IdentityChallenge,
  { app, url }: ProofContext,
): Uint8Array {
  const key = primitives.hmacSha256(secret)(new TextEncoder().encode(LABEL));
  const transcript = new Writer(1_024, MAX_TRANSCRIPT_BYTES)
    .field(certificate.bytes)
    .vlu(group)
    .field(publicKey)
    .field(nonce)
    .field(new TextEncoder().encode(app))
    .field(new TextEncoder().encode(url));
  return primitives.hmacSha256(key)(transcript.finish());
}

/** The first that we would choose ourselves: others cost more to agree on than a stranger may ask for. */
function usableKey(
  primitives: Primitives,
  { content }: FlashCertificate,
): { group: Group; farPublicKey: Uint8Array } {
  for (const id of DEFAULT_GROUPS) {
    const farPublicKey = content.staticKeys.get(id);
    const group = primitives.group(id);
    if (farPublicKey && group) return { group, farPublicKey };
  }
  throw new RtmfpError("CRYPTO", "a certificate without a static key of a known group");
}

const LABEL = "rtmfp identity proof 1";
const NONCE_BYTES = 32;
/** As the prime of group 16. */
const MAX_KEY_BYTES = 512;
/** A certificate has 4 096 bytes at most; the rest is for app and URL. */
const MAX_TRANSCRIPT_BYTES = 16_384;

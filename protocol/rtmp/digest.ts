/**
 * The digests in C1 and S1 that came with Flash Player 9, and the signatures of C2 and S2 that answer
 * them. All keys are public: a digest proves no more than that its sender knows this format.
 */

import { concat } from "../bytes/concat.ts";
import { fromHex } from "../bytes/hex.ts";
import type { Primitives } from "../crypto/primitives.ts";
import { transformSignature } from "./rtmpe-signature.ts";

/** Which of the two blocks of C1 and S1 has the digest; the other one has the Diffie-Hellman key. */
export type DigestLayout = "digest-first" | "key-first";

export interface FoundDigest {
  readonly layout: DigestLayout;
  readonly digest: Uint8Array;
}

/** Whose opening it is, and whose signature. */
export interface Signer {
  /** Of the digest in C1 or S1. */
  readonly digestKey: Uint8Array;
  /** Of the signature of C2 or S2. */
  readonly signatureKey: Uint8Array;
}

/** What digests are made and compared with. */
export type Hmac = Pick<Primitives, "hmacSha256" | "equal">;

/** Looks for the digest of C1 or S1 (1536 bytes) in both layouts; undefined if there is none. */
export function findDigest(
  opening: Uint8Array,
  signer: Signer,
  primitives: Hmac,
): FoundDigest | undefined {
  for (const layout of LAYOUTS) {
    const digest = opening.slice(...digestRange(opening, layout));
    if (primitives.equal(digest, digestOf(opening, layout, signer, primitives))) {
      return { layout, digest };
    }
  }
  return undefined;
}

/** Writes the digest of C1 or S1, the last thing that is written there, and answers it. */
export function writeDigest(
  opening: Uint8Array,
  layout: DigestLayout,
  signer: Signer,
  primitives: Hmac,
): Uint8Array {
  const digest = digestOf(opening, layout, signer, primitives);
  opening.set(digest, digestRange(opening, layout)[0]);
  return digest;
}

/** The Diffie-Hellman key's place in C1 or S1: 128 bytes. */
export function publicKeyIn(opening: Uint8Array, layout: DigestLayout): Uint8Array {
  const [at, base] = layout === "digest-first" ? [1532, 772] : [768, 8];
  const start = base + (sumAt(opening, at) % 632);
  return opening.subarray(start, start + PUBLIC_KEY_BYTES);
}

/**
 * Signs C2 or S2 (1536 bytes) in its last 32 bytes, in answer to the far end's digest. `version` is
 * that of S0.
 */
export function sign(
  echo: Uint8Array,
  farDigest: Uint8Array,
  signer: Signer,
  version: number,
  primitives: Hmac,
): void {
  const key = primitives.hmacSha256(signer.signatureKey)(farDigest);
  const start = echo.length - DIGEST_BYTES;
  const signature = primitives.hmacSha256(key)(echo.subarray(0, start));
  echo.set(transformSignature(signature, key, version), start);
}

function digestOf(
  opening: Uint8Array,
  layout: DigestLayout,
  { digestKey }: Signer,
  primitives: Hmac,
): Uint8Array {
  const [start, end] = digestRange(opening, layout);
  const rest = concat([opening.subarray(0, start), opening.subarray(end)]);
  return primitives.hmacSha256(digestKey)(rest);
}

function digestRange(opening: Uint8Array, layout: DigestLayout): [start: number, end: number] {
  const [at, base] = layout === "digest-first" ? [8, 12] : [772, 776];
  const start = base + (sumAt(opening, at) % 728);
  return [start, start + DIGEST_BYTES];
}

/** Four bytes, added as they are. */
function sumAt(opening: Uint8Array, at: number): number {
  return opening.subarray(at, at + 4).reduce((sum, byte) => sum + byte, 0);
}

function signerOf(name: string): Signer {
  const digestKey = Uint8Array.from(name, (letter) => letter.charCodeAt(0));
  return { digestKey, signatureKey: concat([digestKey, KEY_TAIL]) };
}

const LAYOUTS: readonly DigestLayout[] = ["digest-first", "key-first"];
const DIGEST_BYTES = 32;
/** Of group 2. */
export const PUBLIC_KEY_BYTES = 128;
const KEY_TAIL: Uint8Array = fromHex(
  "f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae",
);

export const PLAYER: Signer = signerOf("Genuine Adobe Flash Player 001");
export const SERVER: Signer = signerOf("Genuine Adobe Flash Media Server 001");

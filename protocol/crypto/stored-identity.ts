import { compareBytes } from "../bytes/compare.ts";
import { fromHex, toHex } from "../bytes/hex.ts";
import { MalformedError, RtmfpError } from "../errors.ts";
import { FlashCertificate } from "./certificate.ts";
import { type Identity, supportedGroups } from "./identity.ts";
import { withoutLeadingZeros } from "./modp-key.ts";
import type { KeyPair, Primitives } from "./primitives.ts";

/** An identity as JSON, for a file that only its owner may read. All bytes are in hexadecimal. */
export interface StoredIdentity {
  readonly version: 1;
  readonly certificate: string;
  /** By group, as in the certificate; empty for an ephemeral identity. */
  readonly privateKeys: Readonly<Record<string, string>>;
}

export function storeIdentity(identity: Identity): StoredIdentity {
  const privateKeys = [...identity.keyPairs].map(
    ([group, pair]) => [group, toHex(pair.exportPrivateKey())] as const,
  );
  return {
    version: 1,
    certificate: toHex(identity.certificate.bytes),
    privateKeys: Object.fromEntries(privateKeys),
  };
}

/**
 * The identity that `stored` holds: any value, as it came out of a JSON file. Throws RtmfpError
 * `CRYPTO` that says what is wrong unless every private key fits the certificate.
 */
export function restoreIdentity(primitives: Primitives, stored: unknown): Identity {
  try {
    return restore(primitives, stored);
  } catch (error) {
    if (!(error instanceof RtmfpError || error instanceof RangeError)) throw error;
    throw new RtmfpError("CRYPTO", `not a usable identity: ${error.message}`, { cause: error });
  }
}

function restore(primitives: Primitives, stored: unknown): Identity {
  if (!isRecord(stored)) throw new MalformedError("not an object");
  if (stored.version !== 1) throw new MalformedError("version: 1 expected");
  const { privateKeys } = stored;
  if (!isRecord(privateKeys)) throw new MalformedError("privateKeys: an object expected");
  const bytes = bytesOf(stored.certificate, "certificate");
  const certificate = new FlashCertificate(bytes, primitives);
  const { staticKeys } = certificate.content;
  const keyPairs = new Map<number, KeyPair>();
  for (const group of supportedGroups(primitives, certificate.groups)) {
    const publicKey = staticKeys.get(group.id);
    if (publicKey === undefined) continue;
    const pair = group.restore(bytesOf(privateKeys[group.id], `privateKeys.${group.id}`));
    if (!isSameInteger(pair.publicKey, publicKey)) {
      throw new MalformedError(`privateKeys.${group.id}: of another certificate`);
    }
    keyPairs.set(group.id, pair);
  }
  return { certificate, keyPairs };
}

/** A certificate may have a key without its leading zeros. */
function isSameInteger(one: Uint8Array, other: Uint8Array): boolean {
  return compareBytes(withoutLeadingZeros(one), withoutLeadingZeros(other)) === 0;
}

function bytesOf(value: unknown, name: string): Uint8Array {
  if (typeof value !== "string") throw new MalformedError(`${name}: missing`);
  try {
    return fromHex(value);
  } catch (cause) {
    throw new MalformedError(`${name}: not hexadecimal`, { cause });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

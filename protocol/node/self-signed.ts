import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { bitString, der, integer, objectIdentifier, sequence, time, utf8String } from "./der.ts";

/** A certificate and its private key, PEM both. */
export interface KeyAndCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * A certificate that says who made it, and nobody else does (X.509 v3, RFC 5280; P-256, as every TLS
 * of today knows it). Valid for ten years from the day before `now`.
 */
export function selfSigned(name: string, now: Date): KeyAndCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = sequence(
    der(0x31, sequence(objectIdentifier(COMMON_NAME), utf8String(name))), // SET
  );
  const validity = sequence(
    time(new Date(now.getTime() - DAY_MS)),
    time(new Date(now.getTime() + VALID_DAYS * DAY_MS)),
  );
  const content = sequence(
    der(0xa0, integer(Uint8Array.of(VERSION_3))),
    integer(randomBytes(SERIAL_BYTES)),
    SIGNATURE_ALGORITHM,
    subject, // The issuer: itself.
    validity,
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(alternativeName(name))),
  );
  const signature = sign("sha256", content, privateKey);
  const certificate = sequence(content, SIGNATURE_ALGORITHM, bitString(signature));
  return {
    cert: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Clients of today read the name nowhere else, RFC 9525 §6.3. */
function alternativeName(name: string): Uint8Array {
  const dnsName = der(0x82, new TextEncoder().encode(name));
  return sequence(objectIdentifier(SUBJECT_ALTERNATIVE_NAME), der(0x04, sequence(dnsName)));
}

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

const VERSION_3 = 2;
const SERIAL_BYTES = 16;
const DAY_MS = 86_400_000;
const VALID_DAYS = 3_650;
const COMMON_NAME = "2.5.4.3";
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
/** ecdsa-with-SHA256, RFC 5758 §3.2. */
const SIGNATURE_ALGORITHM: Uint8Array = sequence(objectIdentifier("1.2.840.10045.4.3.2"));

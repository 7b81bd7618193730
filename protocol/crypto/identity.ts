import { FlashCertificate } from "./certificate.ts";
import { writeCertificate } from "./certificate-content.ts";
import type { Group, KeyPair, Primitives } from "./primitives.ts";

export interface IdentityOptions {
  /**
   * "static": the certificate holds public keys, so nobody else can answer to the peer ID.
   * "ephemeral": every session gets a new key pair, so nothing opens recorded sessions; for servers.
   */
  readonly kind: "static" | "ephemeral";
  /**
   * Diffie-Hellman groups, the preferred one first.
   * @default [31, 14, 2]
   */
  readonly groups?: readonly number[] | undefined;
  /**
   * Be a server: be selected by endpoint discriminators with a URI.
   * @default false
   */
  readonly acceptsAncillary?: boolean | undefined;
  /**
   * Be selected by endpoint discriminators with this hostname, at most 255 bytes of UTF-8.
   * @default none
   */
  readonly hostname?: string | undefined;
}

/** Who an endpoint is: its certificate, and the private keys if it is a static one. */
export interface Identity {
  readonly certificate: FlashCertificate;
  /** By group; empty for an ephemeral identity. */
  readonly keyPairs: ReadonlyMap<number, KeyPair>;
}

/**
 * X25519, then 2048-bit MODP, then the one group that RFC 7425 §4.2 demands. An ephemeral responder
 * blocks for 0.25, 0.9 and 0.3 ms a handshake with them, but for 4.7 ms with group 16: whoever wants
 * its 4096 bits has to list it.
 */
export const DEFAULT_GROUPS: readonly number[] = Object.freeze([31, 14, 2]);

/** Makes a new identity. Throws RangeError for groups that are not supported, and the like. */
export function createIdentity(primitives: Primitives, options: IdentityOptions): Identity {
  const { kind, groups = DEFAULT_GROUPS, acceptsAncillary = false, hostname } = options;
  const isStatic = kind === "static";
  const supported = supportedGroups(primitives, groups);
  const keyPairs = new Map<number, KeyPair>();
  if (isStatic) for (const group of supported) keyPairs.set(group.id, group.generate());
  const bytes = writeCertificate({
    hostname: hostname === undefined ? undefined : encodeHostname(hostname),
    acceptsAncillary,
    ephemeralGroups: isStatic ? [] : groups,
    staticKeys: new Map([...keyPairs].map(([id, pair]) => [id, pair.publicKey])),
    extraRandomness: isStatic ? undefined : primitives.random(RANDOMNESS_LENGTH),
  });
  return { certificate: new FlashCertificate(bytes, primitives), keyPairs };
}

/** Asks for every group once, so that those that take long to set up do it now. */
export function supportedGroups(primitives: Primitives, ids: readonly number[]): Group[] {
  if (ids.length === 0 || new Set(ids).size !== ids.length) {
    throw new RangeError("groups: at least one, and none twice");
  }
  return ids.map((id) => {
    const group = primitives.group(id);
    if (group === undefined) throw new RangeError(`groups: ${id} is not supported`);
    return group;
  });
}

function encodeHostname(hostname: string): Uint8Array {
  const bytes = new TextEncoder().encode(hostname);
  if (bytes.length > MAX_HOSTNAME_LENGTH) throw new RangeError("hostname: at most 255 bytes");
  return bytes;
}

/** As in RFC 1035; certificates are sent in one datagram. */
const MAX_HOSTNAME_LENGTH = 255;

/** Bytes of randomness in an ephemeral certificate, RFC 7425 §4.3.3.3: what others send. */
const RANDOMNESS_LENGTH = 64;

import { type Option, readOption, writeOption } from "../bytes/options.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";

/** What a certificate says, RFC 7425 §4.3.3. */
export interface CertificateContent {
  readonly hostname?: Uint8Array | undefined;
  /** "I am a server": endpoint discriminators with ancillary data may select it. */
  readonly acceptsAncillary: boolean;
  /** Groups for ephemeral keys, the preferred one first; empty in a static certificate. */
  readonly ephemeralGroups: readonly number[];
  /** Static public keys by group, the preferred one first; empty in an ephemeral certificate. */
  readonly staticKeys: ReadonlyMap<number, Uint8Array>;
  /** Makes the fingerprint of an ephemeral certificate unique. Nothing else comes of it. */
  readonly extraRandomness?: Uint8Array | undefined;
}

/** As it was read, and what that means. */
export interface ReadContent extends CertificateContent {
  readonly isStatic: boolean;
  /** The groups in which a key can be agreed on with it, known to us or not, the preferred first. */
  readonly groups: readonly number[];
}

/** A certificate's content, and the length of the canonical section that it was read from. */
export interface CanonicalSection {
  readonly content: ReadContent;
  readonly length: number;
}

/**
 * Reads a certificate, RFC 7425 §4.3.1: options and Markers; only options before the first Marker
 * count. Throws MalformedError, also unless there are either static keys or ephemeral groups.
 */
export function readCanonicalSection(certificate: Uint8Array): CanonicalSection {
  if (certificate.length > MAX_CERTIFICATE_LENGTH) throw new MalformedError("certificate too long");
  const content = new ContentReader();
  const reader = new Reader(certificate);
  let length = 0;
  let markerFound = false;
  while (reader.remaining > 0) {
    const option = readOption(reader);
    if (option === undefined) markerFound = true;
    if (option === undefined || markerFound) continue;
    content.take(option);
    length = reader.position;
  }
  content.check();
  return { content, length };
}

export function writeCertificate(content: CertificateContent): Uint8Array {
  const writer = new Writer(256, MAX_CERTIFICATE_LENGTH);
  if (content.hostname !== undefined) writeOption(writer, HOSTNAME, content.hostname);
  if (content.acceptsAncillary) writeOption(writer, ACCEPTS_ANCILLARY, new Uint8Array());
  for (const group of content.ephemeralGroups) {
    writeOption(writer, EPHEMERAL_GROUP, new Writer().vlu(group).bytes());
  }
  for (const [group, publicKey] of content.staticKeys) {
    writeOption(writer, STATIC_KEY, new Writer().vlu(group).bytes(), publicKey);
  }
  if (content.extraRandomness !== undefined) {
    writeOption(writer, EXTRA_RANDOMNESS, content.extraRandomness);
  }
  return writer.finish();
}

/** Collects the options of a canonical section; others than these are not understood, and ignored. */
class ContentReader implements ReadContent {
  hostname: Uint8Array | undefined;
  acceptsAncillary = false;
  readonly ephemeralGroups: number[] = [];
  readonly staticKeys: Map<number, Uint8Array> = new Map();
  extraRandomness: Uint8Array | undefined;

  get isStatic(): boolean {
    return this.staticKeys.size > 0;
  }

  get groups(): readonly number[] {
    return this.isStatic ? [...this.staticKeys.keys()] : this.ephemeralGroups;
  }

  take({ type, value }: Option): void {
    const reader = new Reader(value);
    if (type === HOSTNAME) {
      if (this.hostname !== undefined) throw new MalformedError("certificate with two hostnames");
      this.hostname = value;
    } else if (type === ACCEPTS_ANCILLARY) {
      this.acceptsAncillary = true;
    } else if (type === EPHEMERAL_GROUP) {
      this.ephemeralGroups.push(reader.vlu());
    } else if (type === STATIC_KEY) {
      const group = reader.vlu();
      // §4.3.3.5 leaves a second key of one group undefined: the first counts.
      if (!this.staticKeys.has(group)) this.staticKeys.set(group, reader.rest());
    } else if (type === EXTRA_RANDOMNESS) {
      this.extraRandomness = value;
    }
  }

  check(): void {
    if (this.ephemeralGroups.length > 0 === this.staticKeys.size > 0) {
      throw new MalformedError("a certificate has either static keys or ephemeral groups");
    }
  }
}

const HOSTNAME = 0x00;
const ACCEPTS_ANCILLARY = 0x0a;
const EXTRA_RANDOMNESS = 0x0e;
const EPHEMERAL_GROUP = 0x15;
const STATIC_KEY = 0x1d;

/** Four times a certificate with static keys of 4096, 2048 and 1024 bits; a session keeps it. */
const MAX_CERTIFICATE_LENGTH = 4096;

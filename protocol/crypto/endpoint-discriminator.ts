import { writeOption } from "../bytes/options.ts";
import { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";
import { optionsOf } from "./option-sequence.ts";

/** Whom an initiator looks for, RFC 7425 §4.4. */
export interface EndpointDiscriminator {
  /** The hostname that the certificate must have. */
  readonly hostname?: Uint8Array | undefined;
  /** The URI of a server, UTF-8. */
  readonly ancillary?: Uint8Array | undefined;
  /** 32 bytes: the peer ID. */
  readonly fingerprint?: Uint8Array | undefined;
}

/** RFC 7425 §4.4.1: a sequence of options. Throws MalformedError. */
export function readEndpointDiscriminator(bytes: Uint8Array): EndpointDiscriminator {
  if (bytes.length > MAX_LENGTH) throw new MalformedError("endpoint discriminator too long");
  const values = new Map<number, Uint8Array>();
  for (const { type, value } of optionsOf(bytes)) {
    if (type !== HOSTNAME && type !== ANCILLARY && type !== FINGERPRINT) continue;
    if (values.has(type)) throw new MalformedError("endpoint discriminator repeats an option");
    values.set(type, value);
  }
  const fingerprint = values.get(FINGERPRINT);
  if (fingerprint !== undefined && fingerprint.length !== FINGERPRINT_LENGTH) {
    throw new MalformedError("a fingerprint has 32 bytes");
  }
  return { hostname: values.get(HOSTNAME), ancillary: values.get(ANCILLARY), fingerprint };
}

/** Throws RangeError for a fingerprint of another length than 32, or more than a reader takes. */
export function writeEndpointDiscriminator(discriminator: EndpointDiscriminator): Uint8Array {
  const { hostname, ancillary, fingerprint } = discriminator;
  if (fingerprint !== undefined && fingerprint.length !== FINGERPRINT_LENGTH) {
    throw new RangeError("fingerprint: 32 bytes");
  }
  const writer = new Writer(64);
  if (hostname !== undefined) writeOption(writer, HOSTNAME, hostname);
  if (ancillary !== undefined) writeOption(writer, ANCILLARY, ancillary);
  if (fingerprint !== undefined) writeOption(writer, FINGERPRINT, fingerprint);
  if (writer.length > MAX_LENGTH) throw new RangeError(`discriminator over ${MAX_LENGTH} bytes`);
  return writer.finish();
}

/** Selects a server: `uri` such as "rtmfp://host/app", RFC 7425 §4.4.2.2. */
export function serverDiscriminator(uri: string): Uint8Array {
  return writeEndpointDiscriminator({ ancillary: new Writer().utf8(uri).bytes() });
}

/** The canonical discriminator of the peer with this fingerprint, RFC 7425 §4.4.4. */
export function peerDiscriminator(fingerprint: Uint8Array): Uint8Array {
  return writeEndpointDiscriminator({ fingerprint });
}

/** The fingerprint (a view) of a canonical discriminator, `21 0f <32>`; undefined for any other. */
export function canonicalFingerprint(bytes: Uint8Array): Uint8Array | undefined {
  const isCanonical = bytes.length === 2 + FINGERPRINT_LENGTH && bytes[0] === 0x21;
  return isCanonical && bytes[1] === FINGERPRINT ? bytes.subarray(2) : undefined;
}

const HOSTNAME = 0x00;
const ANCILLARY = 0x0a;
const FINGERPRINT = 0x0f;
const FINGERPRINT_LENGTH = 32;

/** A URI of a thousand bytes with a token in it; an Initiator Hello has to fit in one datagram. */
const MAX_LENGTH = 1100;

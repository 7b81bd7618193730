import { compareBytes } from "../bytes/compare.ts";
import { fromHex, toHex } from "../bytes/hex.ts";
import { type ReadContent, readCanonicalSection } from "./certificate-content.ts";
import type { Certificate } from "./crypto.ts";
import { peerDiscriminator, readEndpointDiscriminator } from "./endpoint-discriminator.ts";
import type { Primitives } from "./primitives.ts";
import { isTranscribedCertificate } from "./transcribed.ts";

/** A certificate of RFC 7425 §4.3. Each that can be read is authentic, §4.3.4. */
export class FlashCertificate implements Certificate {
  readonly bytes: Uint8Array;
  readonly peerId: string;

  /** Reads `bytes`. Throws MalformedError. */
  constructor(bytes: Uint8Array, primitives: Primitives) {
    // A copy: a view would keep all of its packet, and sessions keep their far end's certificate.
    this.bytes = bytes.slice();
    const { length } = readCanonicalSection(this.bytes);
    this.peerId = toHex(primitives.sha256(this.bytes.subarray(0, length)));
  }

  /** An open session has no use for it as bytes, and a text takes a third of their memory. */
  get fingerprint(): Uint8Array {
    return fromHex(this.peerId);
  }

  /** Read anew each time: an open session, which keeps the certificate, has no use for it. */
  get content(): ReadContent {
    return readCanonicalSection(this.bytes).content;
  }

  get isStatic(): boolean {
    return this.content.isStatic;
  }

  get groups(): readonly number[] {
    return this.content.groups;
  }

  get canonicalDiscriminator(): Uint8Array {
    return peerDiscriminator(this.fingerprint);
  }

  isSelectedBy(endpointDiscriminator: Uint8Array): boolean {
    const wanted = readEndpointDiscriminator(endpointDiscriminator);
    const { hostname, acceptsAncillary } = this.content;
    if (wanted.fingerprint !== undefined) return isSame(wanted.fingerprint, this.fingerprint);
    if (wanted.hostname === undefined && wanted.ancillary === undefined) return false;
    if (wanted.hostname !== undefined && !isSame(wanted.hostname, hostname)) return false;
    return wanted.ancillary === undefined || acceptsAncillary;
  }

  /**
   * RFC 7425 §4.3.6: the smaller certificate. librtmfp goes by the larger peer ID, so that both ends
   * might insist, or both yield: between two certificates of its kind that is the rule.
   */
  prevailsOver(far: Certificate): boolean {
    if (far instanceof FlashCertificate && [this, far].every(isTranscribedCertificate)) {
      return compareBytes(this.fingerprint, far.fingerprint) >= 0;
    }
    return compareBytes(this.bytes, far.bytes) <= 0;
  }
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && compareBytes(one, other) === 0;
}

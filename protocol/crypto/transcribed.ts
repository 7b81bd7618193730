import type { Compat } from "../wire/compat.ts";
import type { FlashCertificate } from "./certificate.ts";
import type { KeyingComponent } from "./keying-component.ts";
import type { Negotiation, Policy, Protections } from "./negotiation.ts";

/*
 * "Transcribed Flash": librtmfp and MonaServer follow what Flash Player was seen to send, byte for
 * byte, where RFC 7425 has options in any order. They offer an HMAC and sequence numbers on request
 * and implement neither. Their layouts, in hexadecimal:
 *
 *     certificate                 8102 1d 02 <public key: 128>
 *     initiator component         02 1d 02 | 41 0e <64> | 03 1a 02 0a | 02 1e 02
 *     responder component         03 1a 00 00 | 02 1e 00 | 8102 0d 02 <public key: 128>
 *       with a static certificate 03 1a 00 00 | 02 1e 00 | 41 0e <64>
 */

const onRequest: Policy = {
  willSendAlways: false,
  willSendOnRequest: true,
  request: false,
  require: false,
};

/** What an initiator of theirs offers: everything on request, and it requests nothing. */
export const transcribedOffer: Protections = {
  hmac: { ...onRequest, length: 10 },
  sequenceNumbers: onRequest,
};

/** What they have to be answered: nothing is sent, and nothing requested. */
export function transcribedAnswer({ hmac, sequenceNumbers }: Protections): TranscribedAnswer {
  const nothing = { willSendAlways: false, willSendOnRequest: false, request: false };
  return {
    hmac: { ...hmac, ...nothing },
    sequenceNumbers: { ...sequenceNumbers, ...nothing },
    compat: "flash",
  };
}

interface TranscribedAnswer extends Protections {
  readonly compat: Compat;
}

/** A certificate whose content was read once, for all who ask. */
type ReadCertificate = Pick<FlashCertificate, "bytes" | "content">;

/** Is it nothing but a static public key in group 2? Its length may have lost leading zeros. */
export function isTranscribedCertificate({ bytes, content }: ReadCertificate): boolean {
  const { length = 0 } = content.staticKeys.get(GROUP) ?? {};
  return length >= MIN_KEY_LENGTH && bytes.length === CERTIFICATE_HEADER_LENGTH + length;
}

/** Does an initiator with this certificate and component need an answer in the fixed layout? */
export function isTranscribedInitiator(
  certificate: ReadCertificate,
  bytes: Uint8Array,
  component: KeyingComponent,
): boolean {
  const { hmac, sequenceNumbers } = component;
  return (
    isTranscribedCertificate(certificate) &&
    bytes.length === COMPONENT_LENGTH &&
    OPTIONS.every(([at, length, type]) => bytes[at] === length && bytes[at + 1] === type) &&
    isOnRequest(hmac) &&
    isOnRequest(sequenceNumbers)
  );
}

function isOnRequest({ willSendAlways, willSendOnRequest, request }: Negotiation): boolean {
  return willSendOnRequest && !willSendAlways && !request;
}

const GROUP = 2;
/** `8102 1d 02`, of which the first two bytes are a length from 128 on. */
const CERTIFICATE_HEADER_LENGTH = 4;
const MIN_KEY_LENGTH = 126;
const COMPONENT_LENGTH = 76;
/** Where in an initiator component an option starts, its length and its type. */
const OPTIONS: readonly (readonly [number, number, number])[] = [
  [0, 0x02, 0x1d],
  [3, 0x41, 0x0e],
  [69, 0x03, 0x1a],
  [73, 0x02, 0x1e],
];

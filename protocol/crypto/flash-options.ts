import type { HmacNegotiation, Negotiation, Policy } from "./negotiation.ts";

/** How session packets are to be verified, RFC 7425 §4.6.4 and §4.6.6. */
export interface FlashCryptoOptions {
  readonly hmac?: HmacOptions | undefined;
  readonly sequenceNumbers?: ProtectionOptions | undefined;
}

export interface ProtectionOptions {
  /**
   * Send it in every session.
   * @default true
   */
  readonly willSendAlways?: boolean | undefined;
  /**
   * Send it to far ends that request it.
   * @default true
   */
  readonly willSendOnRequest?: boolean | undefined;
  /**
   * Ask the far end to send it.
   * @default true
   */
  readonly request?: boolean | undefined;
  /**
   * Refuse far ends that will not send it.
   * @default false
   */
  readonly require?: boolean | undefined;
}

export interface HmacOptions extends ProtectionOptions {
  /**
   * Bytes of the HMAC on a packet that we send, 4 to 32.
   * @default 16
   */
  readonly length?: number | undefined;
}

export interface Policies {
  readonly hmac: Policy & HmacNegotiation;
  readonly sequenceNumbers: Policy;
}

/** Throws RangeError for a length out of range. */
export function policiesOf({ hmac = {}, sequenceNumbers = {} }: FlashCryptoOptions): Policies {
  const { length = 16 } = hmac;
  if (!Number.isInteger(length) || length < 4 || length > 32) {
    throw new RangeError("hmac.length: 4 to 32 bytes");
  }
  const policy = policyOf(hmac);
  return {
    hmac: { ...policy, length: neverSends(policy) ? 0 : length },
    sequenceNumbers: policyOf(sequenceNumbers),
  };
}

function policyOf(options: ProtectionOptions): Policy {
  const { willSendAlways = true, willSendOnRequest = true, request = true } = options;
  return { willSendAlways, willSendOnRequest, request, require: options.require ?? false };
}

/** §4.5.2.4: the length is 0 if and only if both flags are clear. */
function neverSends({ willSendAlways, willSendOnRequest }: Negotiation): boolean {
  return !willSendAlways && !willSendOnRequest;
}

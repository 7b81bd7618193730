import { RtmfpError } from "../errors.ts";

/** What one end says about a protection of packets, RFC 7425 §4.5.2.4 and §4.5.2.5. */
export interface Negotiation {
  readonly willSendAlways: boolean;
  /** I will send it if the other end's `request` is set. */
  readonly willSendOnRequest: boolean;
  readonly request: boolean;
}

export interface HmacNegotiation extends Negotiation {
  /** Bytes of the HMAC that this end sends: 4 to 32, or 0 if it will never send one. */
  readonly length: number;
}

/** What an endpoint offers, asks for and insists on, for one protection of packets. */
export interface Policy extends Negotiation {
  /** Refuse far ends that will not send it. */
  readonly require: boolean;
}

export interface Agreement {
  readonly send: boolean;
  readonly expect: boolean;
}

/**
 * RFC 7425 §4.6.4 and §4.6.6, the same for both roles. Throws RtmfpError `CRYPTO` if `policy`
 * requires what the far end will not send.
 */
export function agree(policy: Policy, far: Negotiation, what: string): Agreement {
  const expect = sends(far, policy);
  if (policy.require && !expect) throw new RtmfpError("CRYPTO", `far end will not send ${what}`);
  return { send: sends(policy, far), expect };
}

/**
 * What a responder answers: an offer to send on request has become a promise if there was a request.
 * By the RFC the offer alone would do, but there are initiators that expect only what is promised.
 */
export function answer<Offer extends Negotiation>(near: Offer, far: Negotiation): Offer {
  return { ...near, willSendAlways: sends(near, far) };
}

function sends(sender: Negotiation, receiver: Negotiation): boolean {
  return sender.willSendAlways || (sender.willSendOnRequest && receiver.request);
}

import { RtmfpError } from "../errors.ts";

/** What one end says about a protection of packets, RFC 7425 §4.5.2.4 and §4.5.2.5. */
export interface Negotiation {
  readonly willSendAlways: boolean;
  /** I will send it if the other end's `request` is set. */
  readonly willSendOnRequest: boolean;
  readonly request: boolean;
}

export interface HmacNegotiation extends Negotiation {
  /** Bytes of the HMAC that this end sends: 4 to 32. */
  readonly length: number;
}

/** What an endpoint offers, asks for and insists on, for one protection of packets. */
export interface Policy extends Negotiation {
  /** Refuse far ends that will not send it. */
  readonly require: boolean;
}

/** Policies for both protections. */
export interface Protections {
  readonly hmac: Policy & HmacNegotiation;
  readonly sequenceNumbers: Policy;
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
 * What a responder answers: an offer to send on request has become a promise if there was a request,
 * and nothing if there was none. By the RFC the offer alone would do, but there are initiators that
 * expect only what is promised, and others that refuse an offer.
 */
export function answer<Offer extends Negotiation>(near: Offer, far: Negotiation): Offer {
  const willSendAlways = sends(near, far);
  return { ...near, willSendAlways, willSendOnRequest: willSendAlways && near.willSendOnRequest };
}

/** §4.5.2.4: its length is 0 if and only if both flags are clear. */
export function neverSends({ willSendAlways, willSendOnRequest }: Negotiation): boolean {
  return !willSendAlways && !willSendOnRequest;
}

function sends(sender: Negotiation, receiver: Negotiation): boolean {
  return sender.willSendAlways || (sender.willSendOnRequest && receiver.request);
}

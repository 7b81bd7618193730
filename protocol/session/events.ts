import type { RtmfpError } from "../errors.ts";
import type { FlowEvent } from "../flow/events.ts";
import { type Address, sameAddress } from "../wire/address.ts";
import type { FIHello } from "../wire/chunks/fihello.ts";
import type { IHello } from "../wire/chunks/ihello.ts";
import type { Redirect } from "../wire/chunks/redirect.ts";
import type { Opening } from "./opening.ts";
import type { Session } from "./session.ts";

/** Names one of an endpoint's sockets. */
export type LinkId = number;

/** One way to a far end: a socket of ours and an address of theirs. */
export interface Path {
  readonly link: LinkId;
  readonly address: Address;
}

export function samePath(one: Path, other: Path): boolean {
  return one.link === other.link && sameAddress(one.address, other.address);
}

/**
 * A NAT that has chosen another port leaves the rest of the path as it was, as RFC 9000 §9.4 sees it:
 * what was learnt of the one holds for the other.
 */
export function isSimilarPath(one: Path, other: Path): boolean {
  return one.link === other.link && one.address.ip === other.address.ip;
}

/** What came over a link. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly path: Path;
}

/** What an endpoint wants sent. The bytes are the receiver's to keep. */
export interface Transmit {
  readonly type: "transmit";
  readonly link: LinkId;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** What an endpoint tells its user. */
export type EndpointEvent =
  /**
   * A session is open. `opening` is the request it answers; that may be a session which was open
   * before, or one that the far end opened at the same time. Undefined: the far end opened it.
   */
  | { readonly type: "session"; readonly session: Session; readonly opening: Opening | undefined }
  | { readonly type: "open-failed"; readonly opening: Opening; readonly error: RtmfpError }
  /** The session left the OPEN state. No error: one of the ends closed it. */
  | {
      readonly type: "closed";
      readonly session: Session;
      readonly error: RtmfpError | undefined;
    }
  /** The far end, or we, have moved: the session goes on over another path, §3.5.3. */
  | { readonly type: "address"; readonly session: Session; readonly from: Path; readonly to: Path }
  /**
   * The far end owes an answer for too long, and is asked for elsewhere: perhaps we are not where it
   * thinks. Told again and again as long as nothing comes.
   */
  | { readonly type: "unanswered"; readonly session: Session }
  /** An answer to `Endpoint.hello`. Whoever it is from, its tag tells whether it was asked for. */
  | { readonly type: "redirect"; readonly redirect: Redirect; readonly path: Path }
  /** Someone asks for an endpoint that is not us: an introducer knows what to do, §3.5.1.5. */
  | {
      readonly type: "hello";
      readonly hello: IHello;
      readonly link: LinkId;
      readonly from: Address;
    }
  /** Someone asks for us at `path`, and was told who we are: perhaps whom we look for. */
  | { readonly type: "asked"; readonly path: Path }
  /** `session.estimatedBitrate` changed by more than a tenth; at most four times a second. */
  | { readonly type: "bitrate"; readonly session: Session; readonly bitsPerSecond: number }
  /** The far end of `session` says that someone asks for us, §3.5.1.1.2. */
  | { readonly type: "forwarded-hello"; readonly session: Session; readonly hello: FIHello }
  | (FlowEvent & { readonly session: Session });

export type Output = Transmit | EndpointEvent;

/**
 * Messages may be a million in a second, and a literal takes a fraction of the time of a copy. What is added
 * to a copy comes first: behind the spread, V8 takes a microsecond to find the layout of each result anew.
 */
export function ofSession(event: FlowEvent, session: Session): EndpointEvent {
  if (event.type !== "message") return { session, ...event };
  const { type, flow, bytes, afterGap } = event;
  return { type, flow, bytes, afterGap, session };
}

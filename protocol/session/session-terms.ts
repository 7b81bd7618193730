import type { Certificate, Crypto, SessionKeys } from "../crypto/crypto.ts";
import type { Address } from "../wire/address.ts";
import type { CongestionMode } from "./congestion.ts";
import type { EndpointEvent, LinkId, Path } from "./events.ts";
import type { Session } from "./session.ts";
import type { EffectiveLimits } from "./session-limits.ts";
import type { TimeCritical } from "./time-critical.ts";

/** Closing states of RFC 7016 §3.5 without their S_ prefix; opening sessions are `Opening`s. */
export type SessionState = "OPEN" | "NEARCLOSE" | "FARCLOSE_LINGER" | "CLOSED";

/** What a session needs of its endpoint. */
export interface SessionHost {
  readonly timeCritical: TimeCritical<number>;
  readonly crypto: Crypto;
  readonly limits: EffectiveLimits;
  readonly congestion: CongestionMode;
  /** The largest datagrams to look for on a path; undefined: what its address suggests. */
  maxDatagramBytes(path: Path): number | undefined;
  emit(event: EndpointEvent): void;
  /** The session may have a packet to send, or another timeout. */
  wake(session: Session): void;
  /** The far end does not answer: calls `tryPath` for where else it may be. */
  askElsewhere(session: Session, now: number): void;
  /** Sessions prefer links of a higher rank. */
  readonly rank: (link: LinkId) => number;
  /** Does whoever carries the datagrams of this link say truly where they come from? */
  readonly isVouched: (link: LinkId) => boolean;
  /** The first authentic packet of the far end arrived. */
  confirmed(session: Session): void;
  noteMalformed(): void;
}

/** What the handshake agreed on. */
export interface SessionTerms {
  readonly role: "initiator" | "responder";
  readonly keys: SessionKeys;
  readonly farCertificate: Certificate;
  /** On packets that we receive; on packets that we send. */
  readonly nearSessionId: number;
  readonly farSessionId: number;
  /** The far end may also be here: what was asked when the session was opened. */
  readonly otherAddresses: readonly Address[];
}

/** What a session has carried so far, and what it may have under way. */
export interface SessionStats {
  readonly sentPackets: number;
  /** UDP payload. */
  readonly sentBytes: number;
  /** UDP payload of a full packet: what the path is known to carry, as far as it was searched for. */
  readonly datagramBytes: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  /** Congestion window: with so many bytes of user data in flight, no more are sent. */
  readonly windowBytes: number;
}

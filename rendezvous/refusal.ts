import { RtmfpError } from "../protocol/errors.ts";

/**
 * Why a client's command was refused. The word stands in front of the description and in `reason`
 * of the information object, so that programs can tell what people read.
 */
export type RefusalReason =
  /** The arguments are not of the shape that the command takes. */
  | "BAD_REQUEST"
  /** A tag is empty or longer than 64 bytes, or there are more than 16. */
  | "BAD_TAGS"
  /** `avoid` has an entry that is no peer ID, or more than 64. */
  | "BAD_AVOID"
  /** `language` is no language tag. */
  | "BAD_LANGUAGE"
  /** This connection has no peer ID: pairing is for peers. */
  | "NO_PEER"
  /** Nobody can be introduced to a peer that has not sent `setPeerInfo`. */
  | "NO_PEER_INFO"
  /** `pairNext` before any `pairJoin`. */
  | "NOT_JOINED"
  /** A report of somebody who is not and was not lately the reporter's partner. */
  | "NOT_A_PARTNER"
  /** Commands come faster than anybody can meet strangers. */
  | "TOO_FAST"
  /** There is no such peer here. */
  | "NOT_FOUND"
  /** A contact or a signal has more than 4 096 bytes. */
  | "TOO_LARGE"
  /** The proof of a peer ID is missing or wrong. */
  | "BAD_PROOF"
  /** The token is none of ours, or too old. */
  | "BAD_TOKEN"
  /** There is no relay here, or not for this peer. */
  | "NO_RELAY"
  /** The server has connected to itself, to push or pull a stream. */
  | "LOOP"
  /** The server has as many as it takes. */
  | "FULL";

/** What a client asked for is not granted; it becomes the `_error` of its command. */
export class Refusal extends RtmfpError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, description: string) {
    super("REJECTED", `${reason}: ${description}`);
    this.reason = reason;
  }
}

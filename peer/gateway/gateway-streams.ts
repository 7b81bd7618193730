import type { Playable, Publisher } from "../../protocol/tc/live-stream.ts";
import type { FailPublish } from "../../protocol/tc/server-application.ts";
import type { Status } from "../../protocol/tc/status.ts";

/**
 * Where a stream comes from: "local" (published through this gateway), "pair" (the current partner),
 * "server" (the rendezvous server), or the peer ID of any peer, 64 lower-case hexadecimal digits.
 */
export type GatewaySource = string;

/** What a gateway needs of the peer that it stands before. `now` is the monotonic clock, ms. */
export interface GatewayStreams {
  /** Offers a stream to other peers. Answers where to write it, or why not. */
  publishLocal(name: string, now: number): Publisher | Status;
  /**
   * Publishes on the rendezvous server, which may refuse or end it later: then `fail` tells who
   * publishes. Leave it out where that is not possible.
   */
  publishServer?(name: string, now: number, fail: FailPublish): Publisher | Status;
  /** The stream of that name, which may start later, or why there cannot be one. */
  play(source: GatewaySource, name: string, now: number): Playable | Status;
}

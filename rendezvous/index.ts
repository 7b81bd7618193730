/** `rtmfp/rendezvous`: the server, and what it can be built of. */

export type { ConnectRtmp, RtmpWay } from "../protocol/node/connect-rtmp.ts";
export type { DrainOptions } from "./drain.ts";
export type { ForwardState } from "./forward/forwarder.ts";
export type { ForwardStatus } from "./forward/forwards.ts";
export type { ForwardKind } from "./forward/route.ts";
export { createLogger, type RendezvousLogger } from "./logger.ts";
export type {
  Matchmaker,
  MatchmakerStats,
  PairEndReason,
  PairOutcome,
  PairRequest,
} from "./matchmaker/matchmaker.ts";
export { RandomMatchmaker, type RandomMatchmakerOptions } from "./matchmaker/random-matchmaker.ts";
export type { MediaOptions } from "./media/media-options.ts";
export type { Takeover } from "./media/served-publication.ts";
export type { LiveStreamStatus } from "./media/stream-directory.ts";
export { mintStreamToken, type StreamClaim, type StreamRight } from "./media/stream-tokens.ts";
export type { ListenRtmp, RendezvousOptions, RtmpPort } from "./options.ts";
export type { RecordingOptions } from "./recording/recorder.ts";
export { Refusal, type RefusalReason } from "./refusal.ts";
export type { ConnectedPeer } from "./registry/connected-peer.ts";
export { MemoryRegistry } from "./registry/memory-registry.ts";
export type { Introducible, Registry } from "./registry/registry.ts";
export type { RelayStats } from "./relay/relay-hub.ts";
export type { RelayLimits, RelayOptions } from "./relay/relay-limits.ts";
export {
  Rendezvous,
  type RendezvousAddresses,
  type RendezvousEvents,
} from "./rendezvous.ts";
export type {
  SharedObjectLimits,
  SharedObjectOptions,
} from "./shared-objects/shared-object-limits.ts";
export type { PeerStatus, ServerStatus } from "./status.ts";

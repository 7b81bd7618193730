import type { EndpointStats } from "../protocol/session/endpoint.ts";
import { formatAddress } from "../protocol/wire/address.ts";
import type { ForwardStatus } from "./forward/forwards.ts";
import type { Matchmaker } from "./matchmaker/matchmaker.ts";
import type { LiveStreamStatus } from "./media/stream-directory.ts";
import type { ConnectedPeer } from "./registry/connected-peer.ts";
import type { RelayStats } from "./relay/relay-hub.ts";
import type { Service } from "./service.ts";

/** A connected peer, as the status page shows it. */
export interface PeerStatus {
  readonly id: string;
  readonly app: string;
  readonly address: string;
  /** Undefined before the peer has said where it is. */
  readonly behindNat: boolean | undefined;
  readonly roundTripMs: number | undefined;
  readonly connectedSeconds: number;
}

/** What a server is doing. Lists hold LISTED entries at most, counts count all. */
export interface ServerStatus {
  readonly uptimeSeconds: number;
  readonly fingerprint: string;
  readonly rtmfp: readonly string[];
  readonly rtmp: readonly string[];
  readonly rtmps: readonly string[];
  readonly http: readonly string[];
  readonly counts: {
    readonly sessions: number;
    readonly peers: number;
    readonly pairs: number;
    readonly waiting: number;
    readonly streams: number;
    readonly introductions: number;
    /** Hellos that were dropped because their source sent too many. */
    readonly limitedHellos: number;
    /** Datagrams that were not authentic or broke syntax. */
    readonly malformedDatagrams: number;
    readonly malformedMessages: number;
    /** Sessions that were ended by errors of the server. */
    readonly faults: number;
  };
  readonly peers: readonly PeerStatus[];
  /** Peer IDs, the initiator's first. */
  readonly pairs: readonly (readonly [string, string])[];
  readonly streams: readonly LiveStreamStatus[];
  /** Streams that go to other servers or come from them. */
  readonly forwards: readonly ForwardStatus[];
  /** Undefined: there is no relay. */
  readonly relay: RelayStats | undefined;
}

/** Where the numbers come from. */
export interface StatusSources {
  readonly fingerprint: string;
  readonly addresses: Pick<ServerStatus, "rtmfp" | "rtmp" | "rtmps" | "http">;
  /** ms, as `now`. */
  readonly startedAt: number;
  readonly now: number;
  readonly endpoint: EndpointStats;
  readonly matchmaker: Matchmaker;
  readonly service: Service;
  readonly forwards: readonly ForwardStatus[];
}

export function serverStatus(sources: StatusSources): ServerStatus {
  const { fingerprint, addresses, startedAt, now, endpoint, matchmaker, service } = sources;
  const { registry, streams, introducer } = service;
  const { waiting, pairs } = matchmaker.stats;
  const { introductions, limited } = introducer.stats;
  return {
    uptimeSeconds: (now - startedAt) / 1000,
    fingerprint,
    ...addresses,
    counts: {
      sessions: endpoint.sessions,
      peers: registry.size,
      pairs,
      waiting,
      streams: streams.size,
      introductions: introductions + service.introductions.stats.introductions,
      limitedHellos: limited,
      malformedDatagrams: endpoint.malformed,
      malformedMessages: service.malformed,
      faults: service.faults,
    },
    peers: listed(registry.peers).map((peer) => peerStatus(peer, now)),
    pairs: listed(matchmaker.pairs()),
    streams: listed(streams.list()),
    forwards: listed(sources.forwards),
    relay: service.relay?.stats,
  };
}

export function peerStatus(peer: ConnectedPeer, now: number): PeerStatus {
  const { id, app, observed, isBehindNat, roundTripMs, connectedAt } = peer;
  return {
    id,
    app,
    address: formatAddress(observed),
    behindNat: isBehindNat,
    roundTripMs,
    connectedSeconds: (now - connectedAt) / 1000,
  };
}

function listed<Item>(items: Iterable<Item>): Item[] {
  const list: Item[] = [];
  for (const item of items) {
    if (list.length >= LISTED) break;
    list.push(item);
  }
  return list;
}

/** What a person can look through; a busy server's whole list would take longer than a packet may. */
const LISTED = 500;

import { fromHex } from "../../protocol/bytes/hex.ts";
import { parseIp } from "../../protocol/wire/ip.ts";
import { relayAddress } from "../../protocol/wire/relay-address.ts";
import { Refusal } from "../refusal.ts";
import type { ConnectedPeer } from "../registry/connected-peer.ts";
import { RelayHub, type RelayOutlet, type RelayStats, type RelayTunnel } from "./relay-hub.ts";
import { fullRelayLimits, type RelayOptions } from "./relay-limits.ts";
import type { RelayTokens } from "./relay-tokens.ts";

/** The relay of a server: who may use it, and what it carries. */
export class Relay {
  readonly #hub: RelayHub;
  readonly #tokens: RelayTokens;
  readonly #allow: (peerId: string, app: string) => boolean;

  constructor(options: RelayOptions, tokens: RelayTokens) {
    this.#hub = new RelayHub(fullRelayLimits(options));
    this.#tokens = tokens;
    this.#allow = options.allow ?? (() => true);
  }

  get stats(): RelayStats {
    return this.#hub.stats;
  }

  /** Who could be somebody else is not vouched for. */
  mayUse(peer: RelayUser): boolean {
    return peer.isProven && this.#allow(peer.id, peer.app);
  }

  /** A token for a peer. Throws Refusal `NO_RELAY`. */
  grant(peer: RelayUser): string {
    if (!this.mayUse(peer)) throw new Refusal("NO_RELAY", "the relay is not for this peer");
    return this.#tokens.mint(peer.id);
  }

  /** Connects whoever holds the token. Throws Refusal `BAD_TOKEN` or `FULL`. */
  admit(token: string, outlet: RelayOutlet, now: number): RelayTunnel {
    const peerId = this.#tokens.read(token);
    if (peerId === undefined) throw new Refusal("BAD_TOKEN", "ask for another one: relayToken");
    return this.attach(peerId, outlet, now);
  }

  /** Connects a peer that has proven its ID. Throws Refusal `FULL`. */
  attach(peerId: string, outlet: RelayOutlet, now: number): RelayTunnel {
    const address = relayAddress(fromHex(peerId));
    return this.#hub.attach(parseIp(address.ip), outlet, now);
  }
}

type RelayUser = Pick<ConnectedPeer, "id" | "app" | "isProven">;

/** RTMP connections to this application are tunnels. */
export const RELAY_APP = "relay";

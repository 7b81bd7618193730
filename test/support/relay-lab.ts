import assert from "node:assert/strict";
import { Peer, type PeerSession } from "../../peer/index.ts";
import type { PeerOptions } from "../../peer/options.ts";
import type { PeerPlatform } from "../../peer/platform.ts";
import type { RtmpSocket } from "../../protocol/node/rtmp-socket.ts";
import { createLogger, Rendezvous, type RendezvousOptions } from "../../rendezvous/index.ts";
import { type Host, Lab } from "../lab/index.ts";
import { labConnectRtmp, labListenRtmp } from "../lab/node/rtmp.ts";
import { platformOf } from "./lab-chat.ts";
import { withoutUdp } from "./without-udp.ts";

const SERVER = "10.0.0.1";

/** A peer, and the host it is on. */
export interface Guest {
  readonly peer: Peer;
  readonly host: Host;
}

/** A rendezvous server with a relay, and peers with TCP, in virtual time. */
export class RelayLab {
  readonly lab: Lab;
  readonly #host: Host;
  readonly #more: Partial<RendezvousOptions>;
  /** The server's ends of RTMP connections. */
  readonly sockets: Set<RtmpSocket> = new Set();
  #server: Rendezvous | undefined;
  readonly #guests: Guest[] = [];

  private constructor(lab: Lab, more: Partial<RendezvousOptions>) {
    this.lab = lab;
    this.#host = lab.host(SERVER);
    this.#more = more;
  }

  static async start(
    seed: number,
    delayMs = 20,
    more: Partial<RendezvousOptions> = {},
  ): Promise<RelayLab> {
    const world = new RelayLab(new Lab({ seed, conditions: { delayMs } }), more);
    await world.listen();
    return world;
  }

  get server(): Rendezvous {
    assert.ok(this.#server);
    return this.#server;
  }

  async listen(): Promise<void> {
    this.#server = await Rendezvous.listen({
      rtmfp: `${SERVER}:1935`,
      rtmp: `${SERVER}:1935`,
      io: this.#host.io,
      listenRtmp: labListenRtmp(this.#host, this.sockets),
      logger: createLogger("silent"),
      ...this.#more,
    });
  }

  /** One more peer; without `hasUdp`, no datagram gets to it or from it. */
  async guest(
    hasUdp = true,
    options: PeerOptions = {},
    change: Partial<PeerPlatform> = {},
    host: Host = this.lab.host(`10.0.1.${this.#guests.length + 1}`),
  ): Promise<Guest> {
    const platform = { ...platformOf(host), connectRtmp: labConnectRtmp(host), ...change };
    const io = hasUdp ? host.io : withoutUdp(host.io);
    const all = { platform: { ...platform, io }, ...options };
    const peer = await this.lab.complete(Peer.connect(`rtmfp://${SERVER}/chat`, all), 60_000);
    const guest = { peer, host };
    this.#guests.push(guest);
    return guest;
  }

  /** Pairs two peers: their sessions, the first one's first. */
  pair(one: Guest, other: Guest): Promise<[PeerSession, PeerSession]> {
    return this.lab.complete(Promise.all([one.peer.pair(), other.peer.pair()]), 30_000);
  }

  /** No datagrams between the two, but to and from the server. */
  setDirectLoss(one: Guest, other: Guest, loss: number): void {
    this.lab.path(one.host.ip, other.host.ip).set({ loss });
    this.lab.path(other.host.ip, one.host.ip).set({ loss });
  }

  async close(): Promise<void> {
    const all = [...this.#guests.map(({ peer }) => peer), this.server].map((one) => one.close());
    await this.lab.complete(Promise.all(all), 60_000);
    const closedAt = this.lab.now;
    await this.lab.run(Number.POSITIVE_INFINITY);
    const leftMs = this.lab.now - closedAt;
    assert.ok(leftMs < 5_000, `something was left for ${leftMs} ms`);
  }
}

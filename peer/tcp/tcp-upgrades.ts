import { isAmfObject } from "../../protocol/amf/value.ts";
import { MalformedError } from "../../protocol/errors.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { Command } from "../../protocol/tc/command.ts";
import type { Network } from "../network.ts";
import type { ConnectTcp, PeerPlatform } from "../platform.ts";
import type { RelayLink } from "../relay/relay-link.ts";
import type { ServerLink } from "../server/server-link.ts";
import type { PeerSession } from "../sessions/peer-session.ts";
import { decodeTcpSignal, encodeTcpSignal, isTcpSignal, type TcpSignal } from "./tcp-signal.ts";
import { TcpUpgrade, type TcpUpgradeHost } from "./tcp-upgrade.ts";

interface TcpUpgradesHost {
  readonly platform: Pick<PeerPlatform, "io" | "interfaces">;
  readonly connectTcp: ConnectTcp;
  readonly network: Network;
  readonly relay: RelayLink;
  readonly server: ServerLink;
  /** What was decided, for people who look into it. */
  trace(what: string): void;
}

/** TCP between peers, for all sessions that have found no better than the relay. */
export class TcpUpgrades {
  readonly #host: TcpUpgradesHost;
  /** By peer ID. BOUNDED: by the endpoint's sessions. */
  readonly #upgrades = new Map<string, TcpUpgrade>();

  private constructor(host: TcpUpgradesHost) {
    this.#host = host;
  }

  /** Undefined where there is no relay, or no TCP besides. */
  static over(
    relay: RelayLink | undefined,
    network: Network,
    server: ServerLink,
    platform: PeerPlatform,
    trace: TcpUpgradesHost["trace"],
  ): TcpUpgrades | undefined {
    const { connectTcp } = platform;
    if (!relay || !connectTcp) return undefined;
    return new TcpUpgrades({ relay, network, server, platform, connectTcp, trace });
  }

  /** Looks after a session until it ends. `beneath` is what carries it. */
  watch(session: PeerSession, beneath: Session): void {
    const { peerId } = session;
    this.#upgrades.get(peerId)?.close();
    const upgrade = new TcpUpgrade(this.#upgradeHost(session, beneath));
    this.#upgrades.set(peerId, upgrade);
    session.on("path", () => upgrade.update());
    session.once("closed", () => {
      upgrade.close();
      if (this.#upgrades.get(peerId) === upgrade) this.#upgrades.delete(peerId);
    });
  }

  /** A command of the server. Answers false if it is none of ours. */
  onCall({ name, args: [info] }: Command): boolean {
    if (name !== "onSignal" || !isAmfObject(info) || !isTcpSignal(info.payload)) return false;
    try {
      const signal = decodeTcpSignal(info.payload);
      if (typeof info.peerId === "string") this.#upgrades.get(info.peerId)?.onSignal(signal);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
    return true;
  }

  /** Begins nothing more. */
  stop(): void {
    for (const upgrade of this.#upgrades.values()) upgrade.stop();
    this.#upgrades.clear();
  }

  #upgradeHost(session: PeerSession, beneath: Session): TcpUpgradeHost {
    const { platform, connectTcp, network, relay, server } = this.#host;
    return {
      io: platform.io,
      leads: session.isInitiator,
      hasUdp: server.session !== undefined,
      get kind() {
        return session.path.kind;
      },
      get mapping() {
        return relay.mapping;
      },
      interfaces: () => platform.interfaces(),
      dial: ({ ip, port }, localPort, signal) =>
        connectTcp({ host: ip, port, localPort }, { signal }),
      attach: (stream, to, onClosed) => network.attachTcp(beneath, stream, to, onClosed),
      detach: (link) => void network.detach(link),
      probe: (link) => network.probe(beneath, link),
      isInUse: (link) => network.tcpLink(beneath) === link,
      tell: (signal) => this.#tell(session.peerId, signal),
    };
  }

  /** Lost is lost: it is tried again later. */
  #tell(peerId: string, signal: TcpSignal): void {
    const { server, trace } = this.#host;
    if (!server.isOpen) return;
    trace(`${peerId.slice(0, 12)}: TCP, ${JSON.stringify(signal)}`);
    server.call("signal", [peerId, encodeTcpSignal(signal)]).catch(() => undefined);
  }
}

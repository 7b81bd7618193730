import assert from "node:assert/strict";
import { TraversalHost } from "../../peer/paths/traversal-host.ts";
import type { AmfObject } from "../../protocol/amf/value.ts";
import { toHex } from "../../protocol/bytes/hex.ts";
import { peerDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import type { Link } from "../../protocol/io.ts";
import { TAG_BYTES } from "../../protocol/params.ts";
import type { IHello } from "../../protocol/wire/chunks/ihello.ts";
import { isRelayAddress } from "../../protocol/wire/relay-address.ts";
import type { Host, Lab } from "../lab/index.ts";
import { Station } from "./station.ts";
import { type Tunnel, tunnelAddress } from "./tunnel.ts";

/** An endpoint behind NATs that traverses them as a peer does, with a tunnel for a relay. */
export class TraversingStation {
  readonly station: Station;
  readonly host: Host;
  readonly traversal: TraversalHost;
  readonly #links: Link[] = [];
  readonly #lab: Lab;
  #far: TraversingStation | undefined;
  /** When the session's path changed, and to what. */
  readonly moves: { readonly at: number; readonly isDirect: boolean }[] = [];

  private constructor(lab: Lab, host: Host, index: number) {
    this.#lab = lab;
    this.host = host;
    this.station = new Station(host.io, index, { elsewhereMs: 500 });
    this.traversal = new TraversalHost({
      driver: this.station.driver,
      io: host.io,
      mainLinks: () => this.#links,
      interfaces: () => host.ips,
      hostPolicy: "all",
      signal: (_, payload) => this.#signal(payload),
      helloFor: () => this.#hello(),
      onNat: () => undefined,
      onElsewhere: () => undefined,
      onContact: () => undefined,
      trace: () => undefined,
    });
    this.station.onEvent = (event) => {
      if (event.type === "session") this.traversal.attach(event.session);
      if (event.type === "closed") this.traversal.onClosed(event.session);
      if (event.type === "asked") this.traversal.onAsked(event.path);
      if (event.type === "redirect") this.traversal.onRedirect(event.redirect, event.path);
      if (event.type !== "address") return;
      this.moves.push({ at: lab.now, isDirect: this.isDirect });
      this.traversal.onMoved(event.session);
    };
  }

  static async start(
    lab: Lab,
    host: Host,
    index: number,
    tunnel: Tunnel,
  ): Promise<TraversingStation> {
    const one = new TraversingStation(lab, host, index);
    one.#links.push(await one.station.driver.bind({ ip: "0.0.0.0", port: 0 }));
    await tunnel.attach(one.station);
    return one;
  }

  get id(): string {
    return toHex(this.station.identity.certificate.fingerprint);
  }

  get isDirect(): boolean {
    const { sessions } = this.station;
    return sessions.length > 0 && !isRelayAddress(this.station.session.destination);
  }

  /** Sockets that are open, of all kinds. */
  get isOverExtraSocket(): boolean {
    const [main] = this.#links;
    return main !== undefined && this.station.session.path.link !== this.station.driver.idOf(main);
  }

  /** The server introduces the two to each other; this one opens a session over the tunnel. */
  meet(other: TraversingStation): void {
    this.#far = other;
    other.#far = this;
    const { contact } = this.traversal;
    other.traversal.meet(this.id, "responder", JSON.parse(JSON.stringify(contact)) as AmfObject);
    this.traversal.meet(
      other.id,
      "initiator",
      JSON.parse(JSON.stringify(other.traversal.contact)) as AmfObject,
    );
    const { bytes: certificate } = other.station.identity.certificate;
    this.station.dial(other.station, [{ ...tunnelAddress(other.station), certificate }]);
  }

  /** Both ends know of the relay, as those of a peer do. */
  rememberRelay(): void {
    assert.ok(this.#far);
    this.station.session.otherAddresses.add(tunnelAddress(this.#far.station));
  }

  close(): Promise<void> {
    this.traversal.stop();
    return this.station.driver.close();
  }

  #hello(): IHello {
    assert.ok(this.#far);
    const { fingerprint } = this.#far.station.identity.certificate;
    const tag = this.host.io.random(TAG_BYTES);
    return { endpointDiscriminator: peerDiscriminator(fingerprint), tag };
  }

  #signal(payload: AmfObject): void {
    const text = JSON.stringify(payload);
    const arrive = this.host.io.alarm(() =>
      this.#far?.traversal.onSignal(this.id, JSON.parse(text) as AmfObject),
    );
    arrive.set(this.#lab.now + 40);
  }
}

import { compareBytes } from "../protocol/bytes/compare.ts";
import { fromHex } from "../protocol/bytes/hex.ts";
import { peerDiscriminator } from "../protocol/crypto/endpoint-discriminator.ts";
import { Driver } from "../protocol/driver.ts";
import { invariant, RtmfpError } from "../protocol/errors.ts";
import type { Io, Link } from "../protocol/io.ts";
import { TAG_BYTES } from "../protocol/params.ts";
import type { EndpointOptions } from "../protocol/session/endpoint-options.ts";
import type { EndpointEvent, LinkId, Path } from "../protocol/session/events.ts";
import type { LinkTraits } from "../protocol/session/links.ts";
import type { OpenCandidate, Opening } from "../protocol/session/opening.ts";
import type { Session } from "../protocol/session/session.ts";
import type { OnFault } from "../protocol/tc/containment.ts";
import { type AcceptTransport, FlowRouter } from "../protocol/tc/flow-router.ts";
import type { Address } from "../protocol/wire/address.ts";
import type { IHello } from "../protocol/wire/chunks/ihello.ts";
import type { Redirect } from "../protocol/wire/chunks/redirect.ts";
import { isRelayAddress, relayAddress } from "../protocol/wire/relay-address.ts";
import type { WaitOptions } from "./options.ts";
import type { PeerPlatform, TcpStream } from "./platform.ts";
import { TcpLink } from "./tcp/tcp-link.ts";
import { wait } from "./wait.ts";

/** What a peer does with the sessions of its network. */
export interface NetworkHandler {
  /** A session is open that nobody here asked for, or the first time that it is. */
  onSession(router: FlowRouter): AcceptTransport;
  /** Before whatever still waits in the session is told. */
  onClosed(session: Session, error: RtmfpError | undefined): void;
  /** The session goes on over another path. */
  onMoved(session: Session): void;
  /** The far end does not answer for too long, see the endpoint's event. */
  onUnanswered(session: Session): void;
  onBitrate(session: Session, bitsPerSecond: number): void;
  /** Someone asks for us there. */
  onAsked(path: Path): void;
  /** A Redirect that belongs to no opening session. */
  onRedirect(redirect: Redirect, path: Path): void;
  /** A session was ended by an error in the handling of what it brought. */
  readonly onFault: OnFault;
  /** Somebody asks for us through the far end of `session`: may it introduce them? */
  mayIntroduce(session: Session): boolean;
}

/** The endpoint of a peer: sockets, sessions, and a router for the flows of each. */
export class Network {
  /** For those that have sockets and send hellos of their own. */
  readonly driver: Driver;
  readonly #io: Io;
  readonly #handler: NetworkHandler;
  readonly #links: Link[] = [];
  /** BOUNDED: by the attempts of the sessions. */
  readonly #tcpLinks = new Map<LinkId, TcpLink>();
  readonly #routers = new Map<Session, FlowRouter>();
  /** Opening sessions that somebody waits for. */
  readonly #waiting = new Map<Opening, (outcome: FlowRouter | RtmfpError) => void>();
  #isClosed = false;

  constructor(platform: PeerPlatform, options: EndpointOptions, handler: NetworkHandler) {
    this.#handler = handler;
    this.#io = platform.io;
    this.driver = new Driver(platform.io, options, (event, now) => this.#handle(event, now));
  }

  /** The sockets. */
  get links(): readonly Link[] {
    return this.#links;
  }

  /** Addresses of the sockets. */
  get addresses(): readonly Address[] {
    return this.#links.map((link) => link.address);
  }

  readonly turn = <Value>(change: (now: number) => Value): Value => this.driver.turn(change);

  /**
   * Binds a socket for each address family that works here. Rejects with `ADDRESS_IN_USE` if somebody
   * has the port in either family, or if none works.
   */
  async bind(port: number): Promise<void> {
    const attempts = await Promise.allSettled([
      this.driver.bind({ ip: "0.0.0.0", port }),
      this.driver.bind({ ip: "::", port }),
    ]);
    for (const attempt of attempts) {
      if (attempt.status === "fulfilled") this.#links.push(attempt.value);
    }
    const failures = attempts.flatMap((attempt) =>
      attempt.status === "rejected" ? [attempt.reason] : [],
    );
    const inUse = failures.find(isInUse);
    if (inUse) throw inUse;
    if (this.#links.length === 0) throw failures[0];
  }

  /** Adds a link that is no socket, at any time. */
  async attachRelay<Relay extends Link>(
    open: (receive: (bytes: Uint8Array, from: Address) => void) => Relay,
  ): Promise<Relay> {
    return this.#attach(open, RELAY_TRAITS);
  }

  /**
   * Adds a TCP connection on which the far end of `session` may be. Seen from the session it is there
   * as it is in the relay: when the connection breaks, the session goes on there at once.
   */
  async attachTcp(
    session: Session,
    stream: TcpStream,
    to: Address,
    onClosed: (link: TcpLink) => void,
  ): Promise<TcpLink> {
    const from = relayAddress(session.terms.farCertificate.fingerprint);
    const link: TcpLink = await this.#attach((receive) => {
      const closed = (): void => {
        void this.detach(link);
        onClosed(link);
      };
      return new TcpLink(stream, to, (bytes) => receive(bytes, from), closed);
    }, TCP_TRAITS);
    const id = this.driver.idOf(link);
    if (id !== undefined) this.#tcpLinks.set(id, link);
    return link;
  }

  tcpAddress(session: Session): Address | undefined {
    return this.tcpLink(session)?.address;
  }

  localAddress({ path }: Session): Address | undefined {
    return this.driver.linkOf(path.link)?.address;
  }

  /** The TCP connection that the session goes over. */
  tcpLink(session: Session): TcpLink | undefined {
    return this.#tcpLinks.get(session.path.link);
  }

  /** Asks for the far end of a session on a link that is no socket: a TCP connection, or the relay. */
  probe(session: Session, link: Link): void {
    const address = relayAddress(session.terms.farCertificate.fingerprint);
    const id = this.driver.idOf(link);
    if (id !== undefined) this.turn((now) => session.tryPath({ link: id, address }, now));
  }

  /** Closes a link. Sessions that go over it go on over others, if they can. */
  async detach(link: Link): Promise<void> {
    const id = this.driver.idOf(link);
    if (id === undefined) return;
    this.#tcpLinks.delete(id);
    await this.driver.unbind(link);
  }

  /** An IHello for a peer: whoever answers it answers those who wait for a session with the peer. */
  helloFor(peerId: string): IHello {
    const endpointDiscriminator = peerDiscriminator(fromHex(peerId));
    for (const opening of this.#waiting.keys()) {
      const isItsOwn = compareBytes(opening.endpointDiscriminator, endpointDiscriminator) === 0;
      if (isItsOwn && opening.state === "IHELLO_SENT") {
        return { endpointDiscriminator, tag: opening.tag };
      }
    }
    return { endpointDiscriminator, tag: this.#io.random(TAG_BYTES) };
  }

  /** Opens a session. Rejects with `TIMEOUT`, `CRYPTO`, `LIMIT`, `CLOSED`, or the signal's reason. */
  open(
    endpointDiscriminator: Uint8Array,
    candidates: readonly OpenCandidate[],
    timeoutMs: number,
    options: WaitOptions,
  ): Promise<FlowRouter> {
    return wait(options, (resolve, reject) => {
      if (this.#isClosed) throw closedError();
      const opening = this.turn((now) => {
        const { endpoint } = this.driver;
        const opened = endpoint.open(endpointDiscriminator, candidates, now, timeoutMs);
        this.#waiting.set(opened, (outcome) => {
          if (outcome instanceof RtmfpError) reject(outcome);
          else resolve(outcome);
        });
        return opened;
      });
      return () => {
        this.#waiting.delete(opening);
        this.turn(() => this.driver.endpoint.abandon(opening));
      };
    });
  }

  /** Whoever waits for a session waits in vain: rejects with `CLOSED`. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const opening of [...this.#waiting.keys()]) {
      this.turn(() => this.driver.endpoint.abandon(opening));
      this.#settle(opening, closedError());
    }
    return this.driver.close();
  }

  async #attach<Made extends Link>(
    open: (receive: (bytes: Uint8Array, from: Address) => void) => Made,
    traits: LinkTraits,
  ): Promise<Made> {
    let made: Made | undefined;
    await this.driver.attach(async (receive) => {
      made = open(receive);
      return made;
    }, traits);
    invariant(made !== undefined, "the driver opens what it attaches");
    return made;
  }

  #handle(event: EndpointEvent, now: number): void {
    switch (event.type) {
      case "session":
        this.#settle(event.opening, this.#routerOf(event.session));
        break;
      case "open-failed":
        this.#settle(event.opening, event.error);
        break;
      case "closed":
        this.#handler.onClosed(event.session, event.error);
        this.#routers.get(event.session)?.end(now);
        this.#routers.delete(event.session);
        break;
      case "forwarded-hello":
        if (this.#handler.mayIntroduce(event.session)) {
          this.turn((at) => this.driver.endpoint.answerForwardedHello(event.hello, at));
        }
        break;
      case "bitrate":
        this.#handler.onBitrate(event.session, event.bitsPerSecond);
        break;
      case "address":
        this.#handler.onMoved(event.session);
        break;
      case "unanswered":
        this.#handler.onUnanswered(event.session);
        break;
      case "asked":
        this.#handler.onAsked(event.path);
        break;
      case "redirect":
        this.#handler.onRedirect(event.redirect, event.path);
        break;
      case "hello":
        break;
      default:
        this.turn((at) => this.#routers.get(event.session)?.handle(event, at));
    }
  }

  /** Told of errors that ended a session, or a connection that is part of this network. */
  get onFault(): OnFault {
    return this.#handler.onFault;
  }

  #routerOf(session: Session): FlowRouter {
    const known = this.#routers.get(session);
    if (known) return known;
    let accept: AcceptTransport | undefined;
    const router = new FlowRouter(session, (transport, id) => accept?.(transport, id) ?? false, {
      onFault: this.#handler.onFault,
    });
    this.#routers.set(session, router);
    accept = this.#handler.onSession(router);
    return router;
  }

  #settle(opening: Opening | undefined, outcome: FlowRouter | RtmfpError): void {
    if (!opening) return;
    this.#waiting.get(opening)?.(outcome);
    this.#waiting.delete(opening);
  }
}

/** Worse than every other link, and the relay has made sure who is at its other ends. */
const RELAY_TRAITS: LinkTraits = { reaches: isRelayAddress, rank: -2, isVouched: true };

/**
 * Better than the relay, worse than datagrams that nothing holds up. Who asks for an address does not
 * mean a connection that happens to lead there.
 */
const TCP_TRAITS: LinkTraits = { reaches: () => false, rank: -1 };

function isInUse(error: unknown): boolean {
  return error instanceof RtmfpError && error.code === "ADDRESS_IN_USE";
}

function closedError(): RtmfpError {
  return new RtmfpError("CLOSED", "this peer is closed");
}

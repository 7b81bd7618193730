import { Driver } from "../protocol/driver.ts";
import { RtmfpError } from "../protocol/errors.ts";
import type { Link } from "../protocol/io.ts";
import type { EndpointOptions } from "../protocol/session/endpoint.ts";
import type { EndpointEvent } from "../protocol/session/events.ts";
import type { OpenCandidate, Opening } from "../protocol/session/opening.ts";
import type { Session } from "../protocol/session/session.ts";
import { type AcceptTransport, FlowRouter } from "../protocol/tc/flow-router.ts";
import type { Address } from "../protocol/wire/address.ts";
import type { WaitOptions } from "./options.ts";
import type { PeerPlatform } from "./platform.ts";
import { wait } from "./wait.ts";

/** What a peer does with the sessions of its network. */
export interface NetworkHandler {
  /** A session is open that nobody here asked for, or the first time that it is. */
  onSession(router: FlowRouter): AcceptTransport;
  /** Before whatever still waits in the session is told. */
  onClosed(session: Session, error: RtmfpError | undefined): void;
  onBitrate(session: Session, bitsPerSecond: number): void;
  /** Somebody asks for us through the far end of `session`: may it introduce them? */
  mayIntroduce(session: Session): boolean;
}

/** The endpoint of a peer: sockets, sessions, and a router for the flows of each. */
export class Network {
  readonly #driver: Driver;
  readonly #handler: NetworkHandler;
  readonly #links: Link[] = [];
  readonly #routers = new Map<Session, FlowRouter>();
  /** Opening sessions that somebody waits for. */
  readonly #waiting = new Map<Opening, (outcome: FlowRouter | RtmfpError) => void>();
  #isClosed = false;

  constructor(platform: PeerPlatform, options: EndpointOptions, handler: NetworkHandler) {
    this.#handler = handler;
    this.#driver = new Driver(platform.io, options, (event, now) => this.#handle(event, now));
  }

  /** Addresses of the sockets. */
  get addresses(): readonly Address[] {
    return this.#links.map((link) => link.address);
  }

  readonly turn = <Value>(change: (now: number) => Value): Value => this.#driver.turn(change);

  /**
   * Binds a socket for each address family that works here. Rejects with `ADDRESS_IN_USE` if somebody
   * has the port in either family, or if none works.
   */
  async bind(port: number): Promise<void> {
    const attempts = await Promise.allSettled([
      this.#driver.bind({ ip: "0.0.0.0", port }),
      this.#driver.bind({ ip: "::", port }),
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
        const { endpoint } = this.#driver;
        const opened = endpoint.open(endpointDiscriminator, candidates, now, timeoutMs);
        this.#waiting.set(opened, (outcome) => {
          if (outcome instanceof RtmfpError) reject(outcome);
          else resolve(outcome);
        });
        return opened;
      });
      return () => {
        this.#waiting.delete(opening);
        this.turn(() => this.#driver.endpoint.abandon(opening));
      };
    });
  }

  /** Whoever waits for a session waits in vain: rejects with `CLOSED`. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const opening of [...this.#waiting.keys()]) {
      this.turn(() => this.#driver.endpoint.abandon(opening));
      this.#settle(opening, closedError());
    }
    return this.#driver.close();
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
          this.turn((at) => this.#driver.endpoint.answerForwardedHello(event.hello, at));
        }
        break;
      case "bitrate":
        this.#handler.onBitrate(event.session, event.bitsPerSecond);
        break;
      case "hello":
      case "redirect":
      case "address":
        break;
      default:
        this.turn((at) => this.#routers.get(event.session)?.handle(event, at));
    }
  }

  #routerOf(session: Session): FlowRouter {
    const known = this.#routers.get(session);
    if (known) return known;
    let accept: AcceptTransport | undefined;
    const router = new FlowRouter(session, (transport, id) => accept?.(transport, id) ?? false);
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

function isInUse(error: unknown): boolean {
  return error instanceof RtmfpError && error.code === "ADDRESS_IN_USE";
}

function closedError(): RtmfpError {
  return new RtmfpError("CLOSED", "this peer is closed");
}

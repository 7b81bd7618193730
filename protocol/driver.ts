import { Ring } from "./bytes/ring.ts";
import { checkMs, RtmfpError } from "./errors.ts";
import type { Alarm, Io, Link, Receive } from "./io.ts";
import { Endpoint } from "./session/endpoint.ts";
import type { EndpointOptions } from "./session/endpoint-options.ts";
import type { Datagram, EndpointEvent, LinkId, Transmit } from "./session/events.ts";
import type { LinkTraits } from "./session/links.ts";
import type { Address } from "./wire/address.ts";

/**
 * Turns one Endpoint with its links and one alarm: the only place that loops. Its law is *change,
 * drain, set the alarm, then tell*: handlers run when the machine is at rest, in the order of the
 * events, and may call back in.
 */
export class Driver {
  readonly endpoint: Endpoint;
  readonly #io: Io;
  readonly #alarm: Alarm;
  readonly #handle: (event: EndpointEvent, now: number) => void;
  readonly #links = new Map<LinkId, Link>();
  readonly #events = new Ring<EndpointEvent>();
  /** What came together from one address: as much as its link hands over in one go. */
  #received: Datagram[] = [];
  /** Packets that are made and not sent yet. BOUNDED: MOST_AT_ONCE; none between turns. */
  #transmits: Transmit[] = [];
  /** More datagrams are about to come: what there is to send can wait for the answers to those. */
  #isHolding = false;
  #isTelling = false;
  /** A handler has changed something since the last drain. */
  #hasChanged = false;
  #nextLink: LinkId = 0;
  #closing: Promise<void> | undefined;
  #isClosed = false;
  /** Asked after each turn: see `#until`. */
  #awaited: (() => void) | undefined;

  constructor(
    io: Io,
    options: EndpointOptions,
    handle: (event: EndpointEvent, now: number) => void,
  ) {
    this.#io = io;
    this.#handle = handle;
    this.endpoint = new Endpoint(options);
    this.#alarm = io.alarm(() => this.turn((now) => this.endpoint.advance(now)));
  }

  /** Opens one more socket, at any time. Rejects with `ADDRESS_IN_USE`, `UNREACHABLE` or `CLOSED`. */
  bind(local: Address): Promise<Link> {
    const isV6 = local.ip.includes(":");
    const reaches = ({ ip, port }: Address): boolean => ip.includes(":") === isV6 && port !== 0;
    return this.attach((receive) => this.#io.bind(local, receive), { reaches });
  }

  /** Adds whatever carries datagrams, at any time. Rejects as `open` does, or with `CLOSED`. */
  async attach(open: (receive: Receive) => Promise<Link>, traits: LinkTraits): Promise<Link> {
    const id = this.#nextLink;
    this.#nextLink += 1;
    const link = await open((bytes, address, next) => {
      this.#isHolding = next !== undefined;
      this.#received.push({ bytes, path: { link: id, address } });
      if (next !== "same") this.#takeReceived();
    });
    if (this.#isClosed) {
      await link.close();
      throw new RtmfpError("CLOSED", "the endpoint is closed");
    }
    this.#links.set(id, link);
    const maxDatagramBytes = (to: Address): number | undefined => link.maxDatagramBytes?.(to);
    this.turn((now) => this.endpoint.addLink(id, { maxDatagramBytes, ...traits }, now));
    return link;
  }

  /** What the endpoint calls this link in its paths; undefined if it is none, or none any more. */
  idOf(link: Link): LinkId | undefined {
    for (const [id, other] of this.#links) if (other === link) return id;
    return undefined;
  }

  /** The other way round. */
  linkOf(id: LinkId): Link | undefined {
    return this.#links.get(id);
  }

  /** Closes one of the sockets. Its sessions go on over others, if they can. */
  async unbind(link: Link): Promise<void> {
    const id = this.idOf(link);
    if (id !== undefined) {
      this.#release();
      this.#links.delete(id);
      this.turn((now) => this.endpoint.removeLink(id, now));
    }
    await link.close();
  }

  /**
   * Changes the machine, or anything that belongs to its sessions, and lets it act: on what was changed
   * before an exception, too.
   */
  turn<Value>(change: (now: number) => Value): Value {
    const now = this.#io.now();
    try {
      return change(now);
    } finally {
      if (this.#isTelling) this.#hasChanged = true;
      else this.#settle(now);
    }
  }

  /**
   * Delivers what is queued and closes all sessions in an orderly way, each for `graceMs` at most, then
   * the sockets. Idempotent. Throws RangeError for a time that is none.
   */
  close(graceMs = 500): Promise<void> {
    checkMs("graceMs", graceMs);
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  /** Tells all far ends once that their sessions are over, and closes the sockets. Idempotent. */
  abort(): Promise<void> {
    this.#release();
    this.turn(() => this.endpoint.abort());
    // What a handler changes is drained later; the sockets would be gone by then.
    this.#drain(this.#io.now());
    this.#closing ??= this.#closeLinks();
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    await this.#until(() => this.endpoint.queuedBytes === 0, graceMs);
    this.turn((now) => this.endpoint.close(now));
    await this.#until(() => this.endpoint.stats.sessions === 0, graceMs);
    await this.#closeLinks();
  }

  async #closeLinks(): Promise<void> {
    this.#isClosed = true;
    this.#alarm.set(Number.POSITIVE_INFINITY);
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }

  /** What was about to come over a link that closes will not. */
  #release(): void {
    this.#isHolding = false;
    this.#transmit();
  }

  #takeReceived(): void {
    const received = this.#received;
    this.#received = [];
    this.turn((now) => this.endpoint.receive(received, now));
  }

  /** What all handlers of some events change is drained together: it goes into the same packets. */
  #settle(now: number): void {
    for (let at = now; ; at = this.#io.now()) {
      this.#hasChanged = false;
      this.#drain(at);
      this.#alarm.set(this.#isClosed ? Number.POSITIVE_INFINITY : this.endpoint.timeout);
      this.#tell();
      if (!this.#hasChanged) return;
    }
  }

  #drain(now: number): void {
    for (let output = this.endpoint.poll(now); output; output = this.endpoint.poll(now)) {
      if (output.type !== "transmit") this.#events.push(output);
      else if (this.#transmits.push(output) >= MOST_AT_ONCE) this.#transmit();
    }
    if (!this.#isHolding) this.#transmit();
    this.#awaited?.();
  }

  /**
   * Packets that were made in one go leave right behind each other. A far end on this machine that has
   * nothing to do is woken up by the first, which costs the sender more than sending does; if the second
   * is only made when it has taken the first, it sleeps again by then.
   */
  #transmit(): void {
    if (this.#transmits.length === 0) return;
    // A link may come back in while it sends.
    const transmits = this.#transmits;
    this.#transmits = [];
    for (const { link, bytes, to } of transmits) this.#links.get(link)?.send(bytes, to);
  }

  #tell(): void {
    this.#isTelling = true;
    try {
      for (let event = this.#events.shift(); event; event = this.#events.shift()) {
        this.#tellOne(event);
      }
    } catch (error) {
      // What was changed before is drained in a turn of its own.
      this.#alarm.set(this.#io.now());
      throw error;
    } finally {
      this.#isTelling = false;
    }
  }

  /** A flow that the handler did not accept is rejected, and its messages are never told. */
  #tellOne(event: EndpointEvent): void {
    if (event.type === "message" && !event.flow.isAccepted) return;
    if (event.type === "outcome") {
      const { message } = event;
      this.turn(() => message.onOutcome?.(message.state === "DELIVERED"));
      return;
    }
    this.#handle(event, this.#io.now());
    if (event.type === "flow" && !event.flow.isAccepted) {
      this.turn(() => event.flow.reject());
    }
  }

  /** Resolves when `isSo` after some turn, or after `limitMs`. */
  #until(isSo: () => boolean, limitMs: number): Promise<void> {
    if (isSo()) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#io.alarm(() => done());
      const done = (): void => {
        timer.set(Number.POSITIVE_INFINITY);
        this.#awaited = undefined;
        resolve();
      };
      timer.set(this.#io.now() + limitMs);
      this.#awaited = () => {
        if (isSo()) done();
      };
    });
  }
}

/** As many as Node takes from a socket at once; half a millisecond's worth, so that none is late. */
const MOST_AT_ONCE = 32;

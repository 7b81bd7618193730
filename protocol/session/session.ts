import type { Writer } from "../bytes/writer.ts";
import { RtmfpError } from "../errors.ts";
import type { FlowEvent } from "../flow/events.ts";
import { RecvFlows } from "../flow/recv-flows.ts";
import type { SendFlow } from "../flow/send-flow.ts";
import type { SendFlowOptions } from "../flow/send-flow-options.ts";
import { SendFlows } from "../flow/send-flows.ts";
import { DATAGRAM_BYTES } from "../params.ts";
import type { Address } from "../wire/address.ts";
import { type FIHello, writeFIHello } from "../wire/chunks/fihello.ts";
import { writePing } from "../wire/chunks/ping.ts";
import { AddressList } from "./address-list.ts";
import { Closing } from "./closing.ts";
import { type Datagram, type LinkId, ofSession, type Path, type Transmit } from "./events.ts";
import { Intake } from "./intake.ts";
import { Liveness } from "./liveness.ts";
import { Mobility } from "./mobility.ts";
import { Outbox } from "./outbox.ts";
import { PathMtu } from "./path-mtu.ts";
import { Pings } from "./pings.ts";
import { RoundTrip } from "./round-trip.ts";
import type { SessionLimits } from "./session-limits.ts";
import type { SessionHost, SessionState, SessionStats, SessionTerms } from "./session-terms.ts";
import { Transmission } from "./transmission.ts";

/** An open session, RFC 7016 §3.5: flows in both directions, kept alive until one end closes it. */
export class Session {
  /** Notes of the endpoint's `ReadyQueue` and of its schedule. */
  isToRank = false;
  rank: number | undefined;
  scheduledIndex: number | undefined;
  readonly terms: SessionTerms;
  readonly #host: SessionHost;
  readonly #mobility: Mobility;
  readonly #roundTrip = new RoundTrip();
  readonly #transmission: Transmission;
  readonly #liveness: Liveness;
  readonly #closing: Closing;
  readonly #outbox: Outbox;
  readonly #intake: Intake;
  /** Where else the far end may be: it is asked for there when it does not answer. */
  readonly otherAddresses: AddressList;
  readonly receiving: RecvFlows;
  readonly sending: SendFlows;
  readonly pings: Pings;

  constructor(host: SessionHost, terms: SessionTerms, path: Path, now: number) {
    this.#host = host;
    this.terms = terms;
    this.#liveness = new Liveness(host.limits, now);
    const say = (write: (writer: Writer) => void): void => this.#say(write);
    this.#closing = new Closing({ say, left: (error) => this.#left(error) });
    if (terms.role === "responder") this.#liveness.awaitProof(now);
    const emit = (event: FlowEvent): void => host.emit(ofSession(event, this));
    const wake = (): void => host.wake(this);
    const fragmentBytes: Outbox["fragmentBytes"] = (...of) => this.#outbox.fragmentBytes(...of);
    const { crypto } = host;
    const { compat } = terms.keys;
    this.sending = new SendFlows({ emit, wake, fragmentBytes, compat });
    this.receiving = new RecvFlows({ emit, wake, sendFlow: (id) => this.sending.get(id), compat });
    this.pings = new Pings({ crypto, compat, say });
    // Its probes begin with a chunk that librtmfp does not know, and its answers would prove nothing.
    const maxBytesOf = compat === "flash" ? () => DATAGRAM_BYTES : host.maxDatagramBytes;
    const pathMtu = new PathMtu(crypto, maxBytesOf);
    this.#transmission = new Transmission({
      nearSessionId: terms.nearSessionId,
      sending: this.sending,
      roundTrip: this.#roundTrip,
      pathMtu,
      timeCritical: host.timeCritical,
      mode: host.congestion,
      compat,
    });
    this.#outbox = new Outbox(
      {
        sending: this.sending,
        receiving: this.receiving,
        roundTrip: this.#roundTrip,
        transmission: this.#transmission,
        pathMtu,
      },
      this.#liveness,
      terms,
    );
    this.#mobility = new Mobility(
      {
        crypto,
        roundTrip: this.#roundTrip,
        transmission: this.#transmission,
        ping: (to, message) => this.#sayTo(to, (writer) => writePing(writer, message)),
        moved: (from, to) => this.#moved(from, to),
        rank: host.rank,
        isVouched: host.isVouched,
        decides: terms.role === "initiator",
      },
      path,
      now,
    );
    this.#intake = new Intake(this, {
      host,
      terms,
      liveness: this.#liveness,
      closing: this.#closing,
      mobility: this.#mobility,
      transmission: this.#transmission,
      outbox: this.#outbox,
    });
    this.otherAddresses = new AddressList(terms.otherAddresses);
  }

  /** What it is known by in this endpoint, as on packets that we receive. */
  get id(): number {
    return this.terms.nearSessionId;
  }

  get state(): SessionState {
    return this.#closing.state;
  }

  get isOpen(): boolean {
    return this.#closing.state === "OPEN";
  }

  /** The far end has proven that it holds the keys, if it was the one that opened the session. */
  get isConfirmed(): boolean {
    return this.#intake.isConfirmed;
  }

  /** The far end owes an answer for so long that it was asked for elsewhere. */
  get isUnanswered(): boolean {
    return this.#liveness.isUnanswered;
  }

  /** Has it any flow that may still carry something? */
  get isInUse(): boolean {
    return this.sending.isInUse || this.receiving.isInUse;
  }

  /** Where the far end is. */
  get destination(): Address {
    return this.#mobility.path.address;
  }

  /** Our socket and the far end's address, as they are now: "address" events tell of changes. */
  get path(): Path {
    return this.#mobility.path;
  }

  /** When something was last heard on the path in use, ms. */
  get heardHereAt(): number {
    return this.#mobility.heardHereAt;
  }

  /** Smoothed round trip in ms, or undefined if nothing was measured yet. */
  get roundTripMs(): number | undefined {
    return this.#roundTrip.smoothedMs;
  }

  /**
   * Bits of user data per second that an encoder may send; undefined before anything was measured on
   * this path. Changes are told by "bitrate" events.
   */
  get estimatedBitrate(): number | undefined {
    return this.#transmission.estimatedBitrate;
  }

  get stats(): SessionStats {
    return { ...this.#outbox.stats, ...this.#intake.stats };
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    if (!this.isOpen) return this.#closing.timeout;
    return Math.min(
      this.#liveness.timeout,
      this.#liveness.elsewhereTimeout(this.#roundTrip),
      this.#mobility.timeout,
      this.pings.timeout,
      this.#transmission.timeout,
      this.sending.timeout,
      this.receiving.timeout,
    );
  }

  /** Priority of what it would send now. */
  urgency(now: number): number {
    return this.#outbox.urgency(now);
  }

  /** Opens a sending flow. Throws `CLOSED` or `LIMIT`. */
  openFlow(options: SendFlowOptions): SendFlow {
    if (!this.isOpen) throw new RtmfpError("CLOSED", "the session is closed");
    return this.sending.open(options);
  }

  /** Changes how patient this session is. Throws RangeError. */
  setLimits(limits: SessionLimits): void {
    this.#liveness.setLimits(limits);
    this.#host.wake(this);
  }

  /**
   * Asks for the far end on another path, once. If it answers and the path is the better one, or the
   * one in use has fallen silent, the session goes on there.
   */
  tryPath(path: Path, now: number): void {
    if (this.isOpen) this.#mobility.probe(path, now);
  }

  /** Its link is gone: goes on over another one, if there is, and says so until it is answered. */
  leaveLink(another: LinkId | undefined, now: number): void {
    if (another !== undefined) this.#mobility.changeLink(another, now);
    this.#liveness.askNow(now);
    this.#host.wake(this);
  }

  /**
   * Introduces someone who asks for the far end, RFC 7016 §3.5.1.5. librtmfp knows itself by its canonical
   * discriminator alone, and gets that, whatever else it was asked for by.
   */
  forwardHello(hello: FIHello): void {
    const { keys, farCertificate } = this.terms;
    const { canonicalDiscriminator: endpointDiscriminator } = farCertificate;
    const told = keys.compat === "flash" ? { ...hello, endpointDiscriminator } : hello;
    if (this.isOpen) this.#say((writer) => writeFIHello(writer, told));
  }

  /** Orderly close, RFC 7016 §3.5.5. All flows end at once: wait for deliveries before, if need be. */
  close(now: number): void {
    this.#closing.close(now);
  }

  /** Abrupt close, RFC 7016 §3.5.5: says so once and is gone. */
  abort(error?: RtmfpError): void {
    this.#closing.abort(error);
  }

  /** Datagrams with our session ID that came together. */
  receive(datagrams: readonly Datagram[], now: number): void {
    this.#intake.receive(datagrams, now);
  }

  /** Those that came before there were keys to read them with, RFC 7016 §3.5.1.1.1. */
  receiveEarly(datagrams: readonly Datagram[], now: number): void {
    this.receive(datagrams, now);
    this.#roundTrip.forgetReceived();
  }

  advance(now: number): void {
    this.#closing.advance(now);
    if (!this.isOpen) {
      this.#host.wake(this);
      return;
    }
    if (this.#liveness.isDead(now)) {
      this.abort(new RtmfpError("TIMEOUT", "the far end does not answer any more"));
      return;
    }
    if (this.#liveness.isIdle(now)) this.close(now);
    if (!this.isOpen) return;
    this.#mobility.advance(now);
    this.pings.advance(now);
    this.#transmission.advance(now);
    if (this.#liveness.takePing(now, this.#roundTrip.timeoutMs)) {
      this.#say((writer) => writePing(writer, new Uint8Array(0)));
    }
    if (this.#liveness.takeElsewhere(now, this.#roundTrip)) {
      this.#host.askElsewhere(this, now);
    }
    this.sending.advance(now, (write) => this.#say(write));
    this.receiving.advance(now);
    this.#host.wake(this);
  }

  /** The next datagram to send. */
  poll(now: number): Transmit | undefined {
    if (this.#liveness.endsWhenIdle) {
      this.#liveness.noteUse(this.isInUse, now);
    }
    return this.#outbox.poll(this.path, this.isOpen, now);
  }

  #say(write: (writer: Writer) => void): void {
    this.#outbox.say(write);
    this.#host.wake(this);
  }

  #sayTo(path: Path, write: (writer: Writer) => void): void {
    this.#outbox.sayTo(path, this.path, write);
    this.#host.wake(this);
  }

  #moved(from: Path, to: Path): void {
    if (this.isOpen) this.#host.emit({ type: "address", session: this, from, to });
    this.#host.wake(this);
  }

  /** Not open any more. */
  #left(error: RtmfpError | undefined): void {
    this.#outbox.clear();
    this.pings.end();
    this.sending.abort();
    this.receiving.abort();
    this.#host.emit({ type: "closed", session: this, error });
  }
}

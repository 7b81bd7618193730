import { Deadlines } from "../bytes/deadlines.ts";
import { RtmfpError } from "../errors.ts";
import type { FlowEvent } from "../flow/events.ts";
import { RecvFlows } from "../flow/recv-flows.ts";
import type { SendFlow, SendFlowOptions } from "../flow/send-flow.ts";
import { HIGHEST_PRIORITY, SendFlows } from "../flow/send-flows.ts";
import { CLOSE_REPEAT_MS, FARCLOSE_LINGER_MS, NEARCLOSE_TIMEOUT_MS } from "../params.ts";
import type { Address } from "../wire/address.ts";
import { type FIHello, writeFIHello } from "../wire/chunks/fihello.ts";
import { writePing, writePingReply } from "../wire/chunks/ping.ts";
import { writeSessionCloseAck, writeSessionCloseRequest } from "../wire/chunks/session-close.ts";
import { type PacketHeader, PacketMode } from "../wire/packet.ts";
import { ControlQueue } from "./control-queue.ts";
import type { Transmit } from "./events.ts";
import { Liveness } from "./liveness.ts";
import { PacketAssembler } from "./packet-assembler.ts";
import { type ChunkSink, readSessionPacket } from "./packet-reader.ts";
import { RoundTrip } from "./round-trip.ts";
import type { SessionHost, SessionState, SessionStats, SessionTerms } from "./session-terms.ts";
import { Transmission } from "./transmission.ts";

/** An open session, RFC 7016 §3.5: flows in both directions, kept alive until one end closes it. */
export class Session implements ChunkSink {
  readonly terms: SessionTerms;
  readonly #host: SessionHost;
  readonly #control = new ControlQueue();
  readonly #roundTrip = new RoundTrip();
  readonly #transmission: Transmission;
  readonly #liveness: Liveness;
  readonly #deadlines = new Deadlines<"repeatClose" | "closed">();
  readonly #assembler: PacketAssembler;
  readonly receiving: RecvFlows;
  readonly sending: SendFlows;
  #state: SessionState = "OPEN";
  #isConfirmed: boolean;
  readonly #stats = { sentPackets: 0, sentBytes: 0, receivedPackets: 0, receivedBytes: 0 };

  constructor(host: SessionHost, terms: SessionTerms, now: number) {
    this.#host = host;
    this.terms = terms;
    this.#liveness = new Liveness(host, now);
    this.#isConfirmed = terms.role === "initiator";
    if (!this.#isConfirmed) this.#liveness.awaitProof(now);
    const emit = (event: FlowEvent): void => host.emit({ ...event, session: this });
    const wake = (): void => host.wake(this);
    const fragmentBytes = (length: number): number => this.#assembler.fragmentBytes(length);
    this.sending = new SendFlows({ emit, wake, fragmentBytes });
    this.receiving = new RecvFlows({ emit, wake, sendFlow: (id) => this.sending.get(id) });
    this.#transmission = new Transmission({
      session: this,
      sending: this.sending,
      roundTrip: this.#roundTrip,
      timeCritical: host.timeCritical,
      mode: host.congestion,
    });
    this.#assembler = new PacketAssembler(
      {
        mode: PacketMode[terms.role],
        cipher: terms.keys.cipher,
        control: this.#control,
        receiving: this.receiving,
        sending: this.sending,
        roundTrip: this.#roundTrip,
        transmission: this.#transmission,
      },
      terms.farSessionId,
    );
  }

  get state(): SessionState {
    return this.#state;
  }

  get isOpen(): boolean {
    return this.#state === "OPEN";
  }

  /** The far end has proven that it holds the keys, if it was the one that opened the session. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** Where the far end is. */
  get destination(): Address {
    return this.terms.destination;
  }

  /** Smoothed round trip in ms, or undefined if nothing was measured yet. */
  get roundTripMs(): number | undefined {
    return this.#roundTrip.smoothedMs;
  }

  /**
   * Bits of user data per second that an encoder may send; undefined before anything was measured.
   * Changes are told by "bitrate" events.
   */
  get estimatedBitrate(): number | undefined {
    return this.#transmission.estimatedBitrate;
  }

  get stats(): SessionStats {
    return { ...this.#stats };
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    if (!this.isOpen) return this.#deadlines.earliest;
    return Math.min(
      this.#deadlines.earliest,
      this.#liveness.timeout,
      this.#transmission.timeout,
      this.sending.timeout,
      this.receiving.timeout,
    );
  }

  /** Priority of what it would send now; what is not user data is short and goes first. */
  urgency(now: number): number {
    const isUrgent = !this.#control.isEmpty || this.receiving.mustAcknowledge;
    return isUrgent ? HIGHEST_PRIORITY : this.sending.urgency(now);
  }

  /** Opens a sending flow. Throws `CLOSED` or `LIMIT`. */
  openFlow(options: SendFlowOptions): SendFlow {
    if (!this.isOpen) throw new RtmfpError("CLOSED", "the session is closed");
    return this.sending.open(options);
  }

  /** Introduces someone who asks for the far end, RFC 7016 §3.5.1.5. */
  forwardHello(hello: FIHello): void {
    if (this.isOpen) this.#say((writer) => writeFIHello(writer, hello));
  }

  /** Orderly close, RFC 7016 §3.5.5. All flows end at once: wait for deliveries before, if need be. */
  close(now: number): void {
    if (!this.isOpen) return;
    this.#leaveOpen("NEARCLOSE", undefined);
    this.#deadlines.set("closed", now + NEARCLOSE_TIMEOUT_MS);
    this.#requestClose(now);
  }

  /** Abrupt close, RFC 7016 §3.5.5: says so once and is gone. */
  abort(error?: RtmfpError): void {
    if (this.#state === "CLOSED") return;
    this.#end(error);
    this.#say(writeSessionCloseAck);
  }

  /** A datagram with our session ID. Answers false if it is not authentic or not for us. */
  receive(datagram: Uint8Array, now: number): boolean {
    const packet = this.terms.keys.cipher.unseal(datagram);
    if (!packet || this.#state === "CLOSED") return false;
    this.#stats.receivedPackets += 1;
    this.#stats.receivedBytes += datagram.length;
    return readSessionPacket(packet, this.terms.role, this, now);
  }

  advance(now: number): void {
    if (this.#deadlines.takeDue("closed", now)) this.#end(undefined);
    if (this.#deadlines.takeDue("repeatClose", now)) this.#requestClose(now);
    if (!this.isOpen) return;
    if (this.#liveness.isDead(now)) {
      this.abort(new RtmfpError("TIMEOUT", "the far end does not answer any more"));
      return;
    }
    this.#transmission.advance(now);
    if (this.#liveness.takePing(now, this.#roundTrip.timeoutMs)) {
      this.#say((writer) => writePing(writer, NO_MESSAGE));
    }
    this.sending.advance(now, (write) => this.#say(write));
    this.receiving.advance(now);
    this.#host.wake(this);
  }

  /** The next datagram to send. */
  poll(now: number): Transmit | undefined {
    const packet = this.#assembler.assemble(this.isOpen, now);
    if (!packet) return undefined;
    this.#stats.sentPackets += 1;
    this.#stats.sentBytes += packet.datagram.length;
    this.#transmission.noteSent(packet, now);
    if (packet.hasUserData) this.#liveness.noteExpecting(now);
    const { link, destination } = this.terms;
    return { type: "transmit", link, to: destination, bytes: packet.datagram };
  }

  // What `readSessionPacket` finds, in the order in which it finds it.

  onHeader(header: PacketHeader, now: number): void {
    this.#liveness.noteHeard(now);
    this.#transmission.noteReceived(header, now);
    if (this.#isConfirmed) return;
    this.#isConfirmed = true;
    this.#host.confirmed(this);
  }

  onMalformedChunk(): void {
    this.#host.noteMalformed();
  }

  onPing(message: Uint8Array): void {
    this.#say((writer) => writePingReply(writer, message));
  }

  onForwardedHello(hello: FIHello): void {
    this.#host.emit({ type: "forwarded-hello", session: this, hello });
  }

  onCloseRequest(now: number): void {
    if (this.isOpen) {
      this.#leaveOpen("FARCLOSE_LINGER", undefined);
      this.#deadlines.set("closed", now + FARCLOSE_LINGER_MS);
    }
    this.#say(writeSessionCloseAck);
  }

  onCloseAck(): void {
    this.#end(undefined);
  }

  /** After the last chunk; `outstandingBefore` is what was in flight before the first. */
  onEndOfPacket(hadAcks: boolean, outstandingBefore: number, now: number): void {
    if (!hadAcks || !this.isOpen) return;
    this.#transmission.noteAcknowledged(outstandingBefore, now);
    const bitsPerSecond = this.#transmission.takeBitrateNews(now);
    if (bitsPerSecond !== undefined) {
      this.#host.emit({ type: "bitrate", session: this, bitsPerSecond });
    }
    this.#host.wake(this);
  }

  #requestClose(now: number): void {
    this.#say(writeSessionCloseRequest);
    this.#deadlines.set("repeatClose", now + CLOSE_REPEAT_MS);
  }

  #say(write: Parameters<ControlQueue["push"]>[0]): void {
    this.#control.push(write);
    this.#host.wake(this);
  }

  /** Of what waits to be said only the close matters now. */
  #leaveOpen(next: SessionState, error: RtmfpError | undefined): void {
    this.#control.clear();
    this.sending.abort();
    this.receiving.abort();
    this.#deadlines.clearAll();
    this.#state = next;
    this.#host.emit({ type: "closed", session: this, error });
  }

  #end(error: RtmfpError | undefined): void {
    if (this.#state === "CLOSED") return;
    if (this.isOpen) this.#leaveOpen("CLOSED", error);
    this.#state = "CLOSED";
    this.#deadlines.clearAll();
    this.#host.wake(this);
  }
}

const NO_MESSAGE = new Uint8Array(0);

import type { RecvFlows } from "../flow/recv-flows.ts";
import type { SendFlows } from "../flow/send-flows.ts";
import type { FIHello } from "../wire/chunks/fihello.ts";
import { writePingReply } from "../wire/chunks/ping.ts";
import { writeSessionCloseAck } from "../wire/chunks/session-close.ts";
import type { PacketHeader } from "../wire/packet.ts";
import type { Closing } from "./closing.ts";
import type { Datagram, Path } from "./events.ts";
import type { Liveness } from "./liveness.ts";
import type { Mobility } from "./mobility.ts";
import type { Outbox } from "./outbox.ts";
import { type ChunkSink, type PacketContents, readSessionPacket } from "./packet-reader.ts";
import type { Session } from "./session.ts";
import type { SessionHost, SessionStats, SessionTerms } from "./session-terms.ts";
import type { Transmission } from "./transmission.ts";

export interface IntakeParts {
  readonly host: SessionHost;
  readonly terms: SessionTerms;
  readonly liveness: Liveness;
  readonly closing: Closing;
  readonly mobility: Mobility;
  readonly transmission: Transmission;
  readonly outbox: Outbox;
}

/** What a session receives, packet by packet: whom each part of it concerns. */
export class Intake implements ChunkSink {
  readonly #session: Session;
  readonly #parts: IntakeParts;
  readonly #stats = { receivedPackets: 0, receivedBytes: 0 };
  #isConfirmed: boolean;

  constructor(session: Session, parts: IntakeParts) {
    this.#session = session;
    this.#parts = parts;
    this.#isConfirmed = parts.terms.role === "initiator";
  }

  /** The far end has proven that it holds the keys, if it was the one that opened the session. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  get receiving(): RecvFlows {
    return this.#session.receiving;
  }

  get sending(): SendFlows {
    return this.#session.sending;
  }

  get isOpen(): boolean {
    return this.#parts.closing.state === "OPEN";
  }

  get stats(): Pick<SessionStats, "receivedPackets" | "receivedBytes"> {
    return this.#stats;
  }

  /** Datagrams with our session ID that came together. */
  receive(datagrams: readonly Datagram[], now: number): void {
    const { host, terms } = this.#parts;
    const packets = terms.keys.cipher.unsealAll(datagrams.map(({ bytes }) => bytes));
    datagrams.forEach(({ bytes, path }, index) => {
      const packet = packets[index];
      if (!packet || !this.#take(packet, bytes.length, path, now)) host.noteMalformed();
    });
    host.wake(this.#session);
  }

  // What `readSessionPacket` finds, in the order in which it finds it.

  onHeader(header: PacketHeader, from: Path, now: number): void {
    const { liveness, mobility, transmission, host } = this.#parts;
    liveness.noteHeard(now);
    if (!this.#isConfirmed) {
      this.#isConfirmed = true;
      // First: what follows may be told to the user, who may not know of the session before.
      host.confirmed(this.#session);
    }
    if (this.isOpen) mobility.noteHeard(from, header.timestampTicks, now);
    transmission.noteReceived(header, now);
  }

  onMalformedChunk(): void {
    this.#parts.host.noteMalformed();
  }

  /** Answered where it came from, so that the far end can verify that we are there. */
  onPing(message: Uint8Array, from: Path): void {
    const { outbox, mobility } = this.#parts;
    outbox.sayTo(from, mobility.path, (writer) => writePingReply(writer, message));
  }

  onPingReply(message: Uint8Array, from: Path, now: number): void {
    const { outbox, mobility } = this.#parts;
    outbox.takeProbeReply(message);
    mobility.takeReply(message, from, now);
    this.#session.pings.takeReply(message, now);
  }

  onForwardedHello(hello: FIHello): void {
    this.#parts.host.emit({ type: "forwarded-hello", session: this.#session, hello });
  }

  onCloseRequest(from: Path, now: number): void {
    const { closing, outbox, mobility } = this.#parts;
    closing.onRequest(now);
    outbox.sayTo(from, mobility.path, writeSessionCloseAck);
  }

  onCloseAck(): void {
    this.#parts.closing.onAck();
  }

  /** After the last chunk; `outstandingBefore` is what was in flight before the first. */
  onEndOfPacket(had: PacketContents, outstandingBefore: number, now: number): void {
    const { transmission, liveness, host } = this.#parts;
    if (had.hadData) liveness.noteData(now);
    if (!had.hadAcks || !this.isOpen) return;
    transmission.noteAcknowledged(outstandingBefore, now);
    const bitsPerSecond = transmission.takeBitrateNews(now);
    if (bitsPerSecond) host.emit({ type: "bitrate", session: this.#session, bitsPerSecond });
  }

  /** An authentic packet. Answers false if it is not for us. */
  #take(packet: Uint8Array, datagramBytes: number, from: Path, now: number): boolean {
    const { closing, terms } = this.#parts;
    if (closing.state === "CLOSED") return false;
    this.#stats.receivedPackets += 1;
    this.#stats.receivedBytes += datagramBytes;
    return readSessionPacket(packet, terms.role, this, from, now);
  }
}

import type { Alarm } from "../../../protocol/io.ts";

/** What is on its way, or waits to be: bytes, or the end of the stream. */
interface Piece {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly isEnd: boolean;
  sentAt: number;
  isRepeated: boolean;
}

/** What a sender asks of its connection. */
export interface SenderPort {
  now(): number;
  alarm(ring: () => void): Alarm;
  transmit(seq: number, bytes: Uint8Array, isEnd: boolean): void;
  /** The far end has not answered for too long. */
  giveUp(): void;
}

/**
 * The sending half of a connection: in order, repeated until acknowledged, as fast as slow start and
 * halving (RFC 5681) allow. The receiver's window is never full.
 */
export class TcpSender {
  readonly #port: SenderPort;
  readonly #alarm: Alarm;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #flying: Piece[] = [];
  #endsAt: number | undefined;
  #unacknowledged: number;
  #next: number;
  #windowBytes = INITIAL_WINDOW_BYTES;
  #thresholdBytes = MAX_WINDOW_BYTES;
  #repeats = 0;
  #duplicates = 0;
  /** Until this is acknowledged, each acknowledgement repeats one more piece. */
  #recoverUntil: number;
  #smoothedMs: number | undefined;
  #variationMs = 0;

  constructor(port: SenderPort, firstSeq: number) {
    this.#port = port;
    this.#alarm = port.alarm(() => this.#expired());
    this.#unacknowledged = firstSeq;
    this.#next = firstSeq;
    this.#recoverUntil = firstSeq;
  }

  /** Bytes that are not acknowledged yet. */
  get bufferedBytes(): number {
    return this.#waitingBytes + this.#next - this.#unacknowledged;
  }

  get isDone(): boolean {
    return this.#endsAt !== undefined && this.#unacknowledged > this.#endsAt;
  }

  send(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
      this.#waiting.push(bytes.slice(at, at + SEGMENT_BYTES));
    }
    this.#waitingBytes += bytes.length;
    this.#pump();
  }

  /** Nothing follows what has been sent. */
  end(): void {
    if (this.#endsAt !== undefined) return;
    this.#endsAt = Number.POSITIVE_INFINITY;
    this.#pump();
  }

  /** `isBare`: the segment carried nothing else, so that a repetition says that something is missing. */
  acknowledge(ack: number, isBare: boolean): void {
    if (ack > this.#unacknowledged && ack <= this.#next) this.#advance(ack);
    else if (isBare && ack === this.#unacknowledged && this.#flying.length > 0) this.#duplicate();
  }

  stop(): void {
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.#flying = [];
    this.#waiting = [];
  }

  #advance(ack: number): void {
    const now = this.#port.now();
    let count = 0;
    for (const piece of this.#flying) {
      if (endOf(piece) > ack) break;
      if (!piece.isRepeated) this.#measure(now - piece.sentAt);
      count += 1;
    }
    this.#flying.splice(0, count);
    const growth = Math.min(ack - this.#unacknowledged, SEGMENT_BYTES * 2);
    const isSlow = this.#windowBytes >= this.#thresholdBytes;
    const gain = isSlow ? (SEGMENT_BYTES * growth) / this.#windowBytes : growth;
    this.#windowBytes = Math.min(MAX_WINDOW_BYTES, this.#windowBytes + gain);
    this.#unacknowledged = ack;
    this.#repeats = 0;
    this.#duplicates = 0;
    if (ack < this.#recoverUntil) this.#repeatFirst();
    this.#pump();
    this.#setAlarm();
  }

  /** The third acknowledgement of the same says that something is missing. */
  #duplicate(): void {
    this.#duplicates += 1;
    if (this.#duplicates !== 3 || this.#unacknowledged < this.#recoverUntil) return;
    this.#thresholdBytes = Math.max(2 * SEGMENT_BYTES, this.#windowBytes / 2);
    this.#windowBytes = this.#thresholdBytes;
    this.#recoverUntil = this.#next;
    this.#repeatFirst();
    this.#setAlarm();
  }

  #expired(): void {
    if (this.#flying.length === 0) return;
    this.#repeats += 1;
    if (this.#repeats > MAX_REPEATS) {
      this.#port.giveUp();
      return;
    }
    this.#thresholdBytes = Math.max(2 * SEGMENT_BYTES, this.#windowBytes / 2);
    this.#windowBytes = SEGMENT_BYTES;
    this.#recoverUntil = this.#next;
    this.#repeatFirst();
    this.#setAlarm();
  }

  #repeatFirst(): void {
    const [first] = this.#flying;
    if (!first) return;
    first.isRepeated = true;
    this.#port.transmit(first.seq, first.bytes, first.isEnd);
  }

  #pump(): void {
    let sent = 0;
    for (const bytes of this.#waiting) {
      if (this.#next - this.#unacknowledged >= this.#windowBytes) break;
      this.#launch(bytes, false);
      this.#waitingBytes -= bytes.length;
      sent += 1;
    }
    if (sent > 0) this.#waiting = this.#waiting.slice(sent);
    if (this.#endsAt === Number.POSITIVE_INFINITY && this.#waiting.length === 0) {
      this.#endsAt = this.#next;
      this.#launch(new Uint8Array(0), true);
    }
  }

  #launch(bytes: Uint8Array, isEnd: boolean): void {
    const piece = { seq: this.#next, bytes, isEnd, sentAt: this.#port.now(), isRepeated: false };
    this.#flying.push(piece);
    this.#next = endOf(piece);
    if (this.#flying.length === 1) this.#setAlarm();
    this.#port.transmit(piece.seq, bytes, isEnd);
  }

  /** RFC 6298 §2. */
  #measure(roundTripMs: number): void {
    const smoothed = this.#smoothedMs ?? roundTripMs;
    const isFirst = this.#smoothedMs === undefined;
    const deviation = isFirst ? roundTripMs / 2 : Math.abs(smoothed - roundTripMs);
    this.#variationMs = isFirst ? deviation : 0.75 * this.#variationMs + 0.25 * deviation;
    this.#smoothedMs = 0.875 * smoothed + 0.125 * roundTripMs;
  }

  #setAlarm(): void {
    const known = this.#smoothedMs;
    const timeoutMs =
      known === undefined
        ? INITIAL_TIMEOUT_MS
        : Math.max(MIN_TIMEOUT_MS, known + 4 * this.#variationMs);
    const waitMs = Math.min(MAX_TIMEOUT_MS, timeoutMs * 2 ** this.#repeats);
    this.#alarm.set(this.#flying.length > 0 ? this.#port.now() + waitMs : Number.POSITIVE_INFINITY);
  }
}

function endOf({ seq, bytes, isEnd }: Piece): number {
  return seq + bytes.length + (isEnd ? 1 : 0);
}

/** What Ethernet leaves to IPv6 and TCP. */
const SEGMENT_BYTES = 1440;
/** RFC 6928. */
const INITIAL_WINDOW_BYTES = 10 * SEGMENT_BYTES;
/** Linux's default receive buffer grows to more; no lab needs it. */
const MAX_WINDOW_BYTES = 1_048_576;
/** RFC 6298 §2.1, and Linux's TCP_RTO_MIN and TCP_RTO_MAX. */
const INITIAL_TIMEOUT_MS = 1000;
const MIN_TIMEOUT_MS = 200;
const MAX_TIMEOUT_MS = 120_000;
/** Linux's net.ipv4.tcp_retries2: a connection dies after a quarter of an hour. */
const MAX_REPEATS = 15;

import { ACK_EVERY_PACKETS, DELAYED_ACK_MS, LOSS_NAK_COUNT } from "../../protocol/params.ts";
import type { Congestion, CongestionMode } from "../../protocol/session/congestion.ts";
import { DelayCongestion } from "../../protocol/session/delay-congestion.ts";
import { LossCongestion } from "../../protocol/session/loss-congestion.ts";
import { Pacer } from "../../protocol/session/pacer.ts";
import { RoundTrip, type Stamps } from "../../protocol/session/round-trip.ts";
import { type PacketHeader, PacketMode } from "../../protocol/wire/packet.ts";
import { DropTailQueue } from "../lab/drop-tail.ts";
import { Prng } from "../lab/index.ts";
import { EventQueue } from "../lab/queue.ts";

export interface LinePath {
  readonly bitsPerSecond: number;
  readonly roundTripMs: number;
  readonly queueBytes: number;
}

/** Of a packet that fills an Ethernet frame: the datagram, and the user data in it. */
const DATAGRAM_BYTES = 1_472;
const DATA_BYTES = 1_440;
const IP_BYTES = 1_500;

/**
 * A slow line and senders that always have something to say, each with the windows, pacing and clocks
 * of a session and nothing else of it: a minute takes a twentieth of a second, so that a test may try
 * many. `Bottleneck` has whole endpoints.
 */
export class LineModel {
  readonly halfWayMs: number;
  readonly #events = new EventQueue();
  readonly #queue: DropTailQueue;
  readonly #random = new Prng(1, "line");
  readonly #packetMs: number;
  #latestMs = 0;
  #now = 0;

  constructor({ bitsPerSecond, roundTripMs, queueBytes }: LinePath) {
    this.halfWayMs = roundTripMs / 2;
    this.#queue = new DropTailQueue(bitsPerSecond / 8, queueBytes);
    this.#packetMs = (IP_BYTES * 8_000) / bitsPerSecond;
  }

  get now(): number {
    return this.#now;
  }

  /** A sender that begins now. */
  sender(mode: CongestionMode): ModelSender {
    const sender = new ModelSender(this, mode);
    sender.send();
    return sender;
  }

  at(at: number, run: () => void): void {
    this.#events.schedule(this.#events.event(run), at);
  }

  /**
   * Brings a full packet to the receiver, unless the queue has no room for it. A host takes up to as long
   * as the line does for a packet: else it were always the same one's that find the queue full.
   */
  carry(arrive: () => void): void {
    const atMs = this.#now + this.halfWayMs + this.#random.fraction() * this.#packetMs;
    this.#latestMs = Math.max(this.#latestMs, atMs);
    this.at(this.#latestMs, () => {
      const arrivesAt = this.#queue.take(IP_BYTES, this.#now);
      if (arrivesAt !== undefined) this.at(arrivesAt, arrive);
    });
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (let event = this.#events.peek(); event && event.at <= until; event = this.#events.peek()) {
      this.#events.cancel(event);
      this.#now = event.at;
      event.run();
    }
    this.#now = until;
  }
}

/** One sender, and what its receiver got. */
class ModelSender {
  readonly #line: LineModel;
  readonly #congestion: Congestion;
  readonly #pacer = new Pacer({ datagramBytes: DATAGRAM_BYTES });
  readonly #roundTrip = new RoundTrip();
  /** The packets in flight, and how often a later one was acknowledged. */
  readonly #naks = new Map<number, number>();
  readonly #receiver: ModelReceiver;
  /** Nothing before it is in flight. */
  #oldest = 1;
  #sent = 0;
  #recoveredFrom = 0;
  #retransmitAt = Number.POSITIVE_INFINITY;
  #isPaced = false;

  constructor(line: LineModel, mode: CongestionMode) {
    this.#line = line;
    this.#congestion = mode === "delay" ? new DelayCongestion() : new LossCongestion();
    this.#receiver = new ModelReceiver(line, (numbers, stamps) => this.#receive(numbers, stamps));
  }

  /** Of IP packets. */
  get arrivedBytes(): number {
    return this.#receiver.packets * IP_BYTES;
  }

  send(): void {
    const { now } = this.#line;
    while (this.#outstandingBytes < this.#congestion.windowBytes) {
      if (!this.#pacer.maySend(this.#bytesPerMs, now)) {
        this.#waitForPace();
        return;
      }
      this.#sent += 1;
      const number = this.#sent;
      const stamps = this.#roundTrip.stamp(now);
      this.#roundTrip.noteSent(stamps);
      this.#pacer.noteSent(DATAGRAM_BYTES);
      this.#naks.set(number, 0);
      this.#setTimeout();
      this.#line.carry(() => this.#receiver.receive(number, stamps));
    }
    this.#pacer.rest();
  }

  #receive(numbers: readonly number[], stamps: Stamps): void {
    const { now } = this.#line;
    const delays = this.#roundTrip.receive(headerOf(stamps), now);
    if (delays) this.#congestion.measure?.(delays, now);
    const outstandingBefore = this.#outstandingBytes;
    const news = numbers.filter((number) => this.#naks.delete(number));
    const acknowledgedBytes = news.length * DATA_BYTES;
    const losses = this.#countNaks(Math.max(...numbers));
    const isRateKnown = this.#bytesPerMs !== undefined;
    const hasHeldBack = this.#pacer.noteAcknowledgement(acknowledgedBytes, isRateKnown);
    const { windowBytes } = this.#congestion;
    this.#congestion.adjust({
      acknowledgedBytes,
      outstandingBefore,
      isLimited: outstandingBefore >= (hasHeldBack ? windowBytes / 2 : windowBytes),
      critical: { isSentHere: false, mayGrowFast: true },
      packetBytes: DATAGRAM_BYTES,
      // Last: what follows a spread takes V8 fifty times as long.
      ...losses,
    });
    this.#setTimeout();
    this.send();
  }

  #countNaks(highest: number): { anyNaks: boolean; anyLoss: boolean; isFirstLoss: boolean } {
    let anyNaks = false;
    let anyLoss = false;
    let isFirstLoss = false;
    while (this.#oldest <= highest && !this.#naks.has(this.#oldest)) this.#oldest += 1;
    for (let number = this.#oldest; number <= highest; number += 1) {
      const naks = this.#naks.get(number);
      if (naks === undefined) continue;
      anyNaks = true;
      this.#naks.set(number, naks + 1);
      if (naks + 1 < LOSS_NAK_COUNT) continue;
      anyLoss = true;
      isFirstLoss ||= number >= this.#recoveredFrom;
      this.#naks.delete(number);
    }
    if (isFirstLoss) this.#recoveredFrom = this.#sent + 1;
    return { anyNaks, anyLoss, isFirstLoss };
  }

  #waitForPace(): void {
    if (this.#isPaced) return;
    this.#isPaced = true;
    this.#line.at(this.#pacer.timeout, () => {
      this.#isPaced = false;
      this.#pacer.rest();
      this.send();
    });
  }

  #setTimeout(): void {
    const { now } = this.#line;
    const isFirst = this.#retransmitAt === Number.POSITIVE_INFINITY;
    this.#retransmitAt = now + this.#roundTrip.timeoutMs;
    if (isFirst) this.#line.at(this.#retransmitAt, () => this.#ring());
  }

  #ring(): void {
    const { now } = this.#line;
    if (now < this.#retransmitAt) {
      this.#line.at(this.#retransmitAt, () => this.#ring());
      return;
    }
    this.#retransmitAt = Number.POSITIVE_INFINITY;
    this.#naks.clear();
    this.#roundTrip.backOff();
    this.#congestion.timeOut(true);
    this.#pacer.reset();
    this.send();
  }

  get #outstandingBytes(): number {
    return this.#naks.size * DATA_BYTES;
  }

  /** As a session paces. */
  get #bytesPerMs(): number | undefined {
    const { smoothedMs } = this.#roundTrip;
    if (smoothedMs === undefined) return undefined;
    const { isInSlowStart, windowBytes } = this.#congestion;
    return ((isInSlowStart ? 2 : 1.25) * windowBytes) / smoothedMs;
  }
}

/** Acknowledges every second packet, at once behind a gap, and a last one late. */
class ModelReceiver {
  readonly #line: LineModel;
  readonly #acknowledge: (numbers: readonly number[], stamps: Stamps) => void;
  readonly #roundTrip = new RoundTrip();
  #numbers: number[] = [];
  #last = 0;
  #packets = 0;
  #isAnswerDue = false;

  constructor(line: LineModel, acknowledge: (numbers: readonly number[], stamps: Stamps) => void) {
    this.#line = line;
    this.#acknowledge = acknowledge;
  }

  get packets(): number {
    return this.#packets;
  }

  receive(number: number, stamps: Stamps): void {
    const { now } = this.#line;
    this.#roundTrip.receive(headerOf(stamps), now);
    this.#packets += 1;
    this.#numbers.push(number);
    const isInOrder = number === this.#last + 1;
    this.#last = number;
    if (!isInOrder || this.#numbers.length >= ACK_EVERY_PACKETS) this.#answer();
    else if (!this.#isAnswerDue) this.#answerLater();
  }

  /** Rings once for many packets: at the latest after so long. */
  #answerLater(): void {
    this.#isAnswerDue = true;
    this.#line.at(this.#line.now + DELAYED_ACK_MS, () => {
      this.#isAnswerDue = false;
      if (this.#numbers.length > 0) this.#answer();
    });
  }

  #answer(): void {
    const numbers = this.#numbers;
    this.#numbers = [];
    const stamps = this.#roundTrip.stamp(this.#line.now);
    this.#roundTrip.noteSent(stamps);
    const arrivesAt = this.#line.now + this.#line.halfWayMs;
    this.#line.at(arrivesAt, () => this.#acknowledge(numbers, stamps));
  }
}

function headerOf({ timestampTicks, timestampEchoTicks }: Stamps): PacketHeader {
  const mode = PacketMode.initiator;
  const flags = { timeCritical: false, timeCriticalReverse: false };
  return { mode, timestampTicks, timestampEchoTicks, ...flags };
}

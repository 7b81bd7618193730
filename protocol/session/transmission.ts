import type { SendFlows } from "../flow/send-flows.ts";
import type { PacketHeader } from "../wire/packet.ts";
import { Congestion } from "./congestion.ts";
import type { AssembledPacket } from "./packet-assembler.ts";
import type { RoundTrip } from "./round-trip.ts";
import type { TimeCritical } from "./time-critical.ts";

/**
 * When a session may send user data, and when it gives up waiting for an acknowledgement: the
 * transmission budget of RFC 7016 §3.5.2 and the timeout of §3.6.2.6.
 */
export class Transmission {
  readonly #session: object;
  readonly #sending: SendFlows;
  readonly #roundTrip: RoundTrip;
  readonly #timeCritical: TimeCritical<object>;
  #congestion = new Congestion();
  /** TIMEOUT_ALARM: set while something is in flight. */
  #retransmitAt = Number.POSITIVE_INFINITY;
  #timeCriticalSentAt = Number.NEGATIVE_INFINITY;
  #timeCriticalReverseAt = Number.NEGATIVE_INFINITY;

  /** `session` is what `timeCritical` tells sessions apart by. */
  constructor(
    session: object,
    sending: SendFlows,
    roundTrip: RoundTrip,
    timeCritical: TimeCritical<object>,
  ) {
    this.#session = session;
    this.#sending = sending;
    this.#roundTrip = roundTrip;
    this.#timeCritical = timeCritical;
  }

  get timeout(): number {
    return this.#retransmitAt;
  }

  /** RFC 7016 §3.6.2.3: does the budget allow more user data next to what is in flight? */
  maySend(outstandingBytes: number): boolean {
    return this.#congestion.maySend(outstandingBytes);
  }

  /** The timeCriticalReverse flag of the next packet, RFC 7016 §2.2.4. */
  isTimeCriticalElsewhere(now: number): boolean {
    return this.#timeCritical.isReceivedElsewhere(this.#session, now);
  }

  noteSent({ hasUserData, isTimeCritical }: AssembledPacket, now: number): void {
    if (hasUserData) {
      this.#congestion.noteDataPacket();
      this.#retransmitAt = now + this.#roundTrip.timeoutMs;
    }
    if (!isTimeCritical) return;
    this.#timeCriticalSentAt = now;
    this.#timeCritical.noteSent(now);
  }

  noteReceived(header: PacketHeader, now: number): void {
    if (header.timeCritical) this.#timeCritical.noteReceived(this.#session, now);
    if (header.timeCriticalReverse) this.#timeCriticalReverseAt = now;
  }

  /** After a packet with acknowledgements; `outstandingBefore` is what was in flight before it. */
  noteAcknowledged(outstandingBefore: number, now: number): void {
    this.#congestion.noteAcknowledgement();
    const summary = this.#sending.endPacket();
    if (summary) {
      const critical = this.#timeCritical.assess(
        this.#timeCriticalSentAt,
        this.#timeCriticalReverseAt,
        now,
      );
      this.#congestion.adjust(summary, outstandingBefore, critical);
    }
    const isWaiting = this.#sending.outstandingBytes > 0;
    this.#retransmitAt = isWaiting ? now + this.#roundTrip.timeoutMs : Number.POSITIVE_INFINITY;
  }

  /**
   * The session goes on over another path. What is in flight was sent to where nobody may be: it is
   * sent again at once. Its loss tells nothing of congestion, but unless the path `isSimilar`, what was
   * learnt of the old one does not hold for the new.
   */
  changePath(isSimilar: boolean): void {
    this.#sending.loseAll();
    this.#retransmitAt = Number.POSITIVE_INFINITY;
    if (isSimilar) this.#congestion.noteAcknowledgement();
    else this.#congestion = new Congestion();
  }

  advance(now: number): void {
    if (now < this.#retransmitAt) return;
    this.#retransmitAt = Number.POSITIVE_INFINITY;
    const anyLoss = this.#sending.loseAll();
    if (anyLoss) this.#roundTrip.backOff();
    this.#congestion.timeOut(anyLoss);
  }
}

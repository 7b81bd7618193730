import { Ring } from "../bytes/ring.ts";
import { LOSS_NAK_COUNT } from "../params.ts";
import type { Fragment } from "./fragment.ts";

/** What the acknowledgements of a packet say about what they leave out. */
export interface LossSummary {
  readonly anyNaks: boolean;
  readonly anyLoss: boolean;
  /**
   * Something was lost that was sent after the last such loss was noticed: the losses of one window
   * are one sign of congestion, RFC 5681 §4.3.
   */
  readonly isFirstLoss: boolean;
}

/** What became of packets that not every path carries: for path MTU discovery, RFC 8899 §4.3. */
export interface LargePacketFates {
  readonly anyArrived: boolean;
  readonly lost: number;
}

/**
 * Fragments of all flows of a session in the order in which they were sent: tells what is lost by
 * what was acknowledged that was sent later, RFC 7016 §3.6.2.5.
 */
export class InFlight {
  /** Entries have consecutive transmission numbers; one that was sent again or settled is stale. */
  readonly #order = new Ring<Fragment>();
  #nextNumber = 1;
  #highestAcknowledged = 0;
  #bytes = 0;
  /** What is sent from here on tells something new when it is lost. */
  #recoveredFrom = 0;
  /** What was sent from here on was sent after the last probe was due, long after all before. */
  #probedFrom = Number.POSITIVE_INFINITY;
  #anyLargeArrived = false;
  #largeLost = 0;

  /** S_OUTSTANDING_BYTES, RFC 7016 §3.5. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `fragment` is being sent. */
  add(fragment: Fragment): void {
    fragment.transmissionNumber = this.#nextNumber;
    fragment.wasInLargePacket = false;
    this.#nextNumber += 1;
    this.#order.push(fragment);
    this.#bytes += fragment.transmitSize;
  }

  /** The packet that ends with the fragment added last is one that not every path carries. */
  noteLargePacket(): void {
    const last = this.#order.at(this.#order.length - 1);
    if (last) last.wasInLargePacket = true;
  }

  /** What became of those since the last call. */
  takeLargePacketFates(): LargePacketFates {
    const fates = { anyArrived: this.#anyLargeArrived, lost: this.#largeLost };
    this.#anyLargeArrived = false;
    this.#largeLost = 0;
    return fates;
  }

  /** Answers the bytes that were acknowledged: 0 if the fragment was not in flight any more. */
  acknowledge(fragment: Fragment): number {
    this.#highestAcknowledged = Math.max(this.#highestAcknowledged, fragment.transmissionNumber);
    if (fragment.wasInLargePacket) this.#anyLargeArrived = true;
    if (!fragment.isInFlight) return 0;
    this.#bytes -= fragment.transmitSize;
    return fragment.transmitSize;
  }

  /**
   * To be called once after each packet that acknowledged something new: everything in flight that
   * was sent before the latest acknowledged fragment gets one negative acknowledgement. What was sent
   * before a probe that was acknowledged is lost: no network reorders by so much, RFC 8985 §7.
   */
  countNaks(): LossSummary {
    let anyNaks = false;
    let anyLoss = false;
    let isFirstLoss = false;
    this.#dropStale();
    const first = this.#nextNumber - this.#order.length;
    const end = this.#highestAcknowledged - first;
    const isProbeAcknowledged = this.#highestAcknowledged >= this.#probedFrom;
    const lostBefore = isProbeAcknowledged ? this.#probedFrom - first : 0;
    for (let index = 0; index < end; index += 1) {
      const fragment = this.#order.at(index);
      if (!fragment?.isInFlight || fragment.transmissionNumber !== first + index) continue;
      anyNaks = true;
      fragment.nakCount += 1;
      if (fragment.nakCount < LOSS_NAK_COUNT && index >= lostBefore) continue;
      anyLoss = true;
      isFirstLoss ||= fragment.transmissionNumber >= this.#recoveredFrom;
      this.#lose(fragment);
    }
    if (isFirstLoss) this.#recoveredFrom = this.#nextNumber;
    return { anyNaks, anyLoss, isFirstLoss };
  }

  /** `fragment`, which is in flight, is to be sent again, without being counted as lost. */
  retry(fragment: Fragment): void {
    this.#bytes -= fragment.transmitSize;
    fragment.flow.markLost(fragment);
  }

  /** What was sent last is to be sent again, without being counted as lost: see `TailProbe`. */
  retryLast(): void {
    this.#probedFrom = this.#nextNumber;
    const first = this.#nextNumber - this.#order.length;
    for (let index = this.#order.length - 1; index >= 0; index -= 1) {
      const fragment = this.#order.at(index);
      if (!fragment?.isInFlight || fragment.transmissionNumber !== first + index) continue;
      this.retry(fragment);
      return;
    }
  }

  /** RFC 7016 §3.6.2.6: everything in flight is lost. Answers whether there was anything. */
  loseAll(): boolean {
    let anyLoss = false;
    this.#recoveredFrom = this.#nextNumber;
    for (let fragment = this.#order.shift(); fragment; fragment = this.#order.shift()) {
      if (!fragment.isInFlight) continue;
      anyLoss = true;
      this.#lose(fragment);
    }
    return anyLoss;
  }

  #lose(fragment: Fragment): void {
    if (fragment.wasInLargePacket) this.#largeLost += 1;
    this.retry(fragment);
  }

  #dropStale(): void {
    for (let head = this.#order.at(0); head; head = this.#order.at(0)) {
      const number = this.#nextNumber - this.#order.length;
      if (head.isInFlight && head.transmissionNumber === number) return;
      this.#order.shift();
    }
  }
}

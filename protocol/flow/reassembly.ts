import { concat } from "../bytes/concat.ts";
import { Schedule } from "../bytes/schedule.ts";
import { unpinned } from "../bytes/unpinned.ts";
import {
  BUFFERED_FRAGMENT_BYTES,
  FRAGMENT_OVERHEAD_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_FRAGMENTS,
} from "../params.ts";
import { FragmentControl } from "../wire/chunks/user-data.ts";
import type { RecvBudget } from "./recv-budget.ts";

interface Piece {
  readonly control: FragmentControl;
  data: Uint8Array;
  /** Of the first and the last piece of a run of one message: the number of the other one. */
  otherEnd: number;
  /** Its message went out ahead of its turn; only the place is still taken. */
  isDelivered: boolean;
  /** Note of the schedule of those `behindGaps`; undefined: it is none of them. */
  scheduledIndex: number | undefined;
}

/**
 * The RECV_BUFFER of a flow, RFC 7016 §3.6.3.3: puts fragments into their original order and
 * together again. Delivers complete messages only, and says where messages are missing.
 */
export class Reassembly {
  /** Of messages that are put together from fragments, in sequence. */
  maxMessageBytes: number = MAX_MESSAGE_BYTES;
  readonly #budget: RecvBudget;
  readonly #waiting = new Map<number, Piece>();
  /** Of their data. */
  #waitingBytes = 0;
  /**
   * Those of them whose predecessor is missing, by number: where it goes on when what is missing was
   * abandoned. Made with the first. BOUNDED: with all that wait.
   */
  #behindGaps: Schedule<Piece> | undefined;
  /** Fragments of the message that is being put together. BOUNDED: MAX_MESSAGE_FRAGMENTS. */
  #partial: Uint8Array[] = [];
  #partialBytes = 0;
  #next = 1;
  #isAfterGap = false;

  constructor(budget: RecvBudget) {
    this.#budget = budget;
  }

  /**
   * What fragments that wait take of the receive window. BOUNDED: by the flow's receive buffer. Those of
   * the message in progress do not: nothing but the rest of it makes them go, so it has to come quickly.
   */
  get bufferedBytes(): number {
    return this.#waitingBytes + this.#waiting.size * FRAGMENT_OVERHEAD_BYTES;
  }

  /** All up to `cumulative` was delivered or skipped. */
  isDrainedThrough(cumulative: number): boolean {
    return this.#next > cumulative;
  }

  /** `mustWait`: it is not delivered at once. */
  insert(
    sequenceNumber: number,
    control: FragmentControl,
    received: Uint8Array,
    mustWait: boolean,
  ): void {
    const data = mustWait ? kept(received) : received;
    const otherEnd = sequenceNumber;
    const piece = { control, data, otherEnd, isDelivered: false, scheduledIndex: undefined };
    this.#waiting.set(sequenceNumber, piece);
    if (sequenceNumber > this.#next) this.#noteGap(sequenceNumber, piece);
    this.#countWaiting(data.length, 1);
  }

  clear(): void {
    this.#countWaiting(-this.#waitingBytes, -this.#waiting.size);
    this.#waiting.clear();
    this.#behindGaps = undefined;
    this.#emptyPartial();
  }

  /**
   * Delivers what is complete up to `cumulative`, until there is no more or `deliver` answers false.
   * A number up to there that was never inserted was abandoned by the sender. Answers false if a
   * message grows too long.
   */
  drain(
    cumulative: number,
    deliver: (message: Uint8Array, isAfterGap: boolean) => boolean,
  ): boolean {
    while (this.#next <= cumulative) {
      const piece = this.#waiting.get(this.#next);
      if (!piece) {
        this.#skipGap(cumulative);
        continue;
      }
      this.#waiting.delete(this.#next);
      this.#countWaiting(-piece.data.length, -1);
      this.#noteJoined(piece);
      this.#next += 1;
      if (piece.isDelivered) {
        this.#dropPartial();
        continue;
      }
      const message = this.#assemble(piece);
      if (this.#isTooLong) return false;
      if (!message) continue;
      const isAfterGap = this.#isAfterGap;
      this.#isAfterGap = false;
      if (!deliver(message, isAfterGap)) return true;
    }
    return true;
  }

  /**
   * Network order: answers the message that the fragment with this number, just inserted, has made
   * complete although others are missing before it. Each run of fragments knows its two ends, so
   * that a far end cannot make this slow.
   */
  takeComplete(sequenceNumber: number): Uint8Array | undefined {
    const piece = this.#waiting.get(sequenceNumber);
    if (!piece || piece.isDelivered) return undefined;
    const before = this.#waiting.get(sequenceNumber - 1);
    const after = this.#waiting.get(sequenceNumber + 1);
    const from = before && continues(before, piece) ? before.otherEnd : sequenceNumber;
    const to = after && continues(piece, after) ? after.otherEnd : sequenceNumber;
    return this.#noteRun(from, to) ? this.#takeRun(from, to) : undefined;
  }

  /** The same for all that waits beyond `cumulative`, until `deliver` answers false. */
  drainComplete(cumulative: number, deliver: (message: Uint8Array) => boolean): void {
    const waiting = [...this.#waiting]
      .filter(([number, { isDelivered }]) => number > cumulative && !isDelivered)
      .sort(([one], [other]) => one - other);
    let isWanted = true;
    let from = 0;
    let before: Piece | undefined;
    for (const [number, piece] of waiting) {
      const isInRun = before && this.#waiting.get(number - 1) === before;
      if (!(isInRun && before && continues(before, piece))) from = number;
      before = piece;
      const isComplete = this.#noteRun(from, number);
      if (isComplete && isWanted) isWanted = deliver(this.#takeRun(from, number));
    }
  }

  /** Answers whether fragments `from` through `to` are a whole message. */
  #noteRun(from: number, to: number): boolean {
    const [first, last] = [this.#waiting.get(from), this.#waiting.get(to)];
    if (!first || !last) return false;
    first.otherEnd = to;
    last.otherEnd = from;
    return beginsMessage(first) && endsMessage(last) && to - from < MAX_MESSAGE_FRAGMENTS;
  }

  /** The places stay taken until their turn comes, so that no gap is seen there. */
  #takeRun(from: number, to: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let number = from; number <= to; number += 1) {
      const piece = this.#waiting.get(number);
      if (!piece) continue;
      parts.push(piece.data);
      this.#countWaiting(-piece.data.length, 0);
      piece.data = NO_DATA;
      piece.isDelivered = true;
    }
    return parts.length === 1 && parts[0] ? parts[0] : concat(parts);
  }

  get #isTooLong(): boolean {
    return (
      this.#partialBytes > this.maxMessageBytes || this.#partial.length > MAX_MESSAGE_FRAGMENTS
    );
  }

  /** Moves on to the next fragment that is there; the message that was in progress is lost. */
  #skipGap(cumulative: number): void {
    this.#dropPartial();
    this.#isAfterGap = true;
    this.#next = Math.min(cumulative + 1, this.#behindGaps?.earliest ?? Number.POSITIVE_INFINITY);
  }

  /** A piece was inserted that is not in turn. */
  #noteGap(sequenceNumber: number, piece: Piece): void {
    if (this.#waiting.has(sequenceNumber - 1)) return;
    const after = this.#waiting.get(sequenceNumber + 1);
    if (after) this.#noteJoined(after);
    this.#behindGaps ??= new Schedule();
    this.#behindGaps.set(piece, sequenceNumber);
  }

  /** Nothing is missing before it any more. */
  #noteJoined(piece: Piece): void {
    this.#behindGaps?.set(piece, Number.POSITIVE_INFINITY);
  }

  #assemble({ control, data }: Piece): Uint8Array | undefined {
    if (control === FragmentControl.whole || control === FragmentControl.begin) {
      this.#dropPartial();
    } else if (this.#partial.length === 0) {
      this.#isAfterGap = true;
      return undefined;
    }
    if (control === FragmentControl.whole) return data;
    this.#partial.push(unpinned(data));
    this.#countPartial(data.length, 1);
    return control === FragmentControl.end && !this.#isTooLong ? this.#join() : undefined;
  }

  #join(): Uint8Array {
    const message = concat(this.#partial);
    this.#emptyPartial();
    return message;
  }

  #dropPartial(): void {
    if (this.#partial.length === 0) return;
    this.#emptyPartial();
    this.#isAfterGap = true;
  }

  #emptyPartial(): void {
    this.#countPartial(-this.#partialBytes, -this.#partial.length);
    this.#partial = [];
  }

  #countWaiting(bytes: number, fragments: number): void {
    this.#waitingBytes += bytes;
    this.#budget.change(bytes + fragments * BUFFERED_FRAGMENT_BYTES);
  }

  #countPartial(bytes: number, fragments: number): void {
    this.#partialBytes += bytes;
    this.#budget.changeProgress(bytes + fragments * BUFFERED_FRAGMENT_BYTES);
  }
}

function continues(before: Piece, after: Piece): boolean {
  return !endsMessage(before) && !beginsMessage(after);
}

function beginsMessage({ control }: Piece): boolean {
  return control === FragmentControl.whole || control === FragmentControl.begin;
}

function endsMessage({ control }: Piece): boolean {
  return control === FragmentControl.whole || control === FragmentControl.end;
}

/**
 * Data is a view of its packet, or of all that were decrypted together. What has to wait must not keep
 * far more than is counted; fragments that fill their packets stay where they are.
 */
function kept(data: Uint8Array): Uint8Array {
  return unpinned(data, (data.length + BUFFERED_FRAGMENT_BYTES) * MOST_PINNED);
}

const NO_DATA = new Uint8Array(0);
/** Times what is counted: of the 16 KiB that are decrypted together a packet is more than that. */
const MOST_PINNED = 16;

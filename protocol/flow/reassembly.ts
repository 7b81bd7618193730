import { FRAGMENT_OVERHEAD_BYTES, MAX_MESSAGE_BYTES, MAX_MESSAGE_FRAGMENTS } from "../params.ts";
import { FragmentControl } from "../wire/chunks/user-data.ts";

interface Piece {
  readonly control: FragmentControl;
  readonly data: Uint8Array;
}

/**
 * The RECV_BUFFER of a flow, RFC 7016 §3.6.3.3: puts fragments into their original order and
 * together again. Delivers complete messages only, and says where messages are missing.
 */
export class Reassembly {
  readonly #waiting = new Map<number, Piece>();
  /** Fragments of the message that is being put together. BOUNDED: MAX_MESSAGE_FRAGMENTS. */
  #partial: Uint8Array[] = [];
  #partialBytes = 0;
  #next = 1;
  #isAfterGap = false;
  #bufferedBytes = 0;

  /** What the fragments take, bookkeeping included. BOUNDED: by the flow's receive buffer. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** All up to `cumulative` was delivered or skipped. */
  isDrainedThrough(cumulative: number): boolean {
    return this.#next > cumulative;
  }

  insert(sequenceNumber: number, control: FragmentControl, data: Uint8Array): void {
    this.#waiting.set(sequenceNumber, { control, data });
    this.#bufferedBytes += data.length + FRAGMENT_OVERHEAD_BYTES;
  }

  clear(): void {
    this.#waiting.clear();
    this.#partial = [];
    this.#partialBytes = 0;
    this.#bufferedBytes = 0;
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
      this.#next += 1;
      const message = this.#assemble(piece);
      if (this.#isTooLong) return false;
      if (!message) continue;
      const isAfterGap = this.#isAfterGap;
      this.#isAfterGap = false;
      if (!deliver(message, isAfterGap)) return true;
    }
    return true;
  }

  get #isTooLong(): boolean {
    return this.#partialBytes > MAX_MESSAGE_BYTES || this.#partial.length > MAX_MESSAGE_FRAGMENTS;
  }

  /** Moves on to the next fragment that is there; the message that was in progress is lost. */
  #skipGap(cumulative: number): void {
    this.#dropPartial();
    this.#isAfterGap = true;
    let next = cumulative + 1;
    if (next - this.#next <= this.#waiting.size) {
      next = this.#next + 1;
    } else {
      for (const number of this.#waiting.keys()) next = Math.min(next, number);
    }
    this.#next = next;
  }

  #assemble({ control, data }: Piece): Uint8Array | undefined {
    if (control === FragmentControl.whole || control === FragmentControl.begin) {
      this.#dropPartial();
    } else if (this.#partial.length === 0) {
      this.#release(data.length, 1);
      this.#isAfterGap = true;
      return undefined;
    }
    if (control === FragmentControl.whole) {
      this.#release(data.length, 1);
      return data;
    }
    this.#partial.push(data);
    this.#partialBytes += data.length;
    return control === FragmentControl.end ? this.#join() : undefined;
  }

  #join(): Uint8Array {
    const message = new Uint8Array(this.#partialBytes);
    let at = 0;
    for (const data of this.#partial) {
      message.set(data, at);
      at += data.length;
    }
    this.#emptyPartial();
    return message;
  }

  #dropPartial(): void {
    if (this.#partial.length === 0) return;
    this.#emptyPartial();
    this.#isAfterGap = true;
  }

  #emptyPartial(): void {
    this.#release(this.#partialBytes, this.#partial.length);
    this.#partial = [];
    this.#partialBytes = 0;
  }

  #release(bytes: number, fragments: number): void {
    this.#bufferedBytes -= bytes + fragments * FRAGMENT_OVERHEAD_BYTES;
  }
}

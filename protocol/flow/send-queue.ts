import { Ring } from "../bytes/ring.ts";
import { invariant } from "../errors.ts";
import { QUEUED_FRAGMENT_BYTES, SEND_BUFFER_BYTES } from "../params.ts";
import type { Fragment } from "./fragment.ts";

/**
 * The SEND_QUEUE of a flow, RFC 7016 §3.6.2: fragments with consecutive sequence numbers, each kept
 * until it is acknowledged, or abandoned and no longer needed to say so.
 */
export class SendQueue {
  readonly #fragments = new Ring<Fragment>();
  /** Sequence number of the head, or of the next fragment if there is none. */
  #first = 1;
  /** Fragments that are not acknowledged; those that are stay in place until they are the head. */
  #unacknowledged = 0;
  /** No fragment before it is eligible, except an abandoned head. */
  #cursor = 1;
  #outstandingBytes = 0;
  #heldBytes = 0;
  /** Beyond it nobody has heard of any number yet. */
  #highestSent = 0;
  /**
   * Fragments whose messages were abandoned since the queue was last compacted; and once there are any,
   * how often there was no room.
   */
  #abandoned = 0;

  get nextSequenceNumber(): number {
    return this.#first + this.#fragments.length;
  }

  get isEmpty(): boolean {
    return this.#unacknowledged === 0;
  }

  /** Bytes of chunks in flight. */
  get outstandingBytes(): number {
    return this.#outstandingBytes;
  }

  get head(): Fragment | undefined {
    return this.#fragments.at(0);
  }

  /** Has something behind the head arrived, which may wait for it at the receiver? */
  get isHeadAwaited(): boolean {
    return this.#fragments.length > this.#unacknowledged;
  }

  get tail(): Fragment | undefined {
    return this.#fragments.at(this.#fragments.length - 1);
  }

  /** The fragment with this number may be eligible again. */
  reconsider(sequenceNumber: number): void {
    this.#cursor = Math.min(this.#cursor, sequenceNumber);
  }

  push(fragment: Fragment): void {
    this.#fragments.push(fragment);
    this.#unacknowledged += 1;
    this.#heldBytes += fragment.data.length + QUEUED_FRAGMENT_BYTES;
  }

  /** Is there room for so many more fragments of `bytes` bytes in all? */
  hasRoomFor(bytes: number, fragments: number): boolean {
    const most = SEND_BUFFER_BYTES - bytes - fragments * QUEUED_FRAGMENT_BYTES;
    const isFull = this.#heldBytes > most;
    if (isFull && this.#abandoned > 0) this.#abandoned += 1;
    const enough = isFull ? this.#fragments.length / MOST_LEFT : MANY_ABANDONED;
    if (this.#abandoned > enough) this.#compact();
    return this.#heldBytes <= most;
  }

  /** A message of this queue was abandoned: what its fragments hold may be let go. */
  noteAbandoned(fragments: number): void {
    this.#abandoned += fragments;
  }

  /**
   * Sends the last sequence number once more, as abandoned: a forward sequence number update for a
   * receiver that still waits for something, although all it could have was acknowledged.
   */
  pushAgain(fragment: Fragment): void {
    invariant(this.#fragments.length === 0, "only an empty queue has nothing to tell by");
    this.#first = fragment.sequenceNumber;
    this.#cursor = fragment.sequenceNumber;
    this.push(fragment);
  }

  clear(): void {
    this.#first = this.nextSequenceNumber;
    this.#fragments.clear();
    this.#unacknowledged = 0;
    this.#outstandingBytes = 0;
    this.#heldBytes = 0;
  }

  *[Symbol.iterator](): IterableIterator<Fragment> {
    for (let index = 0; index < this.#fragments.length; index += 1) {
      const fragment = this.#fragments.at(index);
      if (fragment) yield fragment;
    }
  }

  /**
   * The first fragment that may be sent, RFC 7016 §3.6.2.3: not in flight, and not abandoned unless
   * it is the head (a forward sequence number update) or the final one.
   */
  nextEligible(finalSequenceNumber: number): Fragment | undefined {
    const next = this.#nextBehindHead(finalSequenceNumber);
    this.#trim(next);
    const head = this.#fragments.at(0);
    return head && !head.isInFlight ? head : next;
  }

  /** RFC 7016 §3.6.2.3: nothing up to and including this number is going to be sent (again). */
  get forwardSequenceNumber(): number {
    const head = this.#fragments.at(0);
    if (!head?.isAbandoned) return this.#first - 1;
    const mayStillCount = head.isInFlight && !head.wasSentAbandoned;
    return mayStillCount ? this.#first - 1 : this.#first;
  }

  markSent(fragment: Fragment, size: number): void {
    fragment.isInFlight = true;
    fragment.timesSent += 1;
    fragment.nakCount = 0;
    fragment.wasSentAbandoned = fragment.isAbandoned;
    fragment.transmitSize = size;
    this.#outstandingBytes += size;
    this.#highestSent = Math.max(this.#highestSent, fragment.sequenceNumber);
  }

  /** RFC 7016 §3.6.2.5: no longer in flight; eligible again unless it is abandoned. */
  markLost(fragment: Fragment): void {
    fragment.isInFlight = false;
    this.#outstandingBytes -= fragment.transmitSize;
    this.reconsider(fragment.sequenceNumber);
  }

  /**
   * Takes out what was sent and lies in `from` through `to`. Late news count as well: a fragment
   * that was given up as lost and arrived all the same need not be sent again. What was never sent
   * although later fragments were is abandoned; a receiver that has it behind itself knows that.
   */
  acknowledge(from: number, to: number, acknowledged: (fragment: Fragment) => void): void {
    const end = Math.min(to, this.#highestSent);
    let number = Math.max(from, this.#first);
    while (number <= end) {
      const fragment = this.#fragments.at(number - this.#first);
      if (!fragment) break;
      const isKnown = fragment.isAcknowledged;
      number = isKnown ? this.#afterAcknowledged(number) : number + 1;
      if (isKnown) continue;
      fragment.acknowledgedUpTo = number;
      this.#unacknowledged -= 1;
      if (fragment.wasEverSent) acknowledged(fragment);
      if (fragment.isInFlight) this.#outstandingBytes -= fragment.transmitSize;
      fragment.isInFlight = false;
      this.#letGo(fragment);
    }
    this.#dropAcknowledged();
  }

  /**
   * Lets go of what abandoned messages hold. Fragments of theirs that were never sent become one where
   * they follow each other: to the receiver a gap is a gap, however long. So media that nobody takes
   * does not fill the queue, whatever waits before it.
   */
  #compact(): void {
    this.#abandoned = 0;
    let number = this.#first;
    let isInGap = false;
    for (let left = this.#fragments.length; left > 0; left -= 1) {
      const fragment = this.#fragments.shift();
      if (!fragment) continue;
      if (fragment.isAbandoned) this.#letGo(fragment);
      const isGap = fragment.isAbandoned && fragment.sequenceNumber > this.#highestSent;
      if (isGap && isInGap) {
        this.#unacknowledged -= 1;
        this.#heldBytes -= QUEUED_FRAGMENT_BYTES;
        continue;
      }
      isInGap = isGap;
      fragment.sequenceNumber = number;
      number += 1;
      this.#fragments.push(fragment);
    }
    this.#cursor = Math.min(this.#cursor, this.#highestSent + 1);
  }

  #letGo(fragment: Fragment): void {
    this.#heldBytes -= fragment.data.length;
    fragment.data = NO_DATA;
  }

  /** The first number after this one that is not acknowledged. All on the way know it from now on. */
  #afterAcknowledged(number: number): number {
    let end = number;
    const at = (other: number): Fragment | undefined => this.#fragments.at(other - this.#first);
    for (let next = at(end); next?.isAcknowledged; next = at(end)) end = next.acknowledgedUpTo;
    for (let next = at(number); next && next.acknowledgedUpTo < end && next.isAcknowledged; ) {
      const after = next.acknowledgedUpTo;
      next.acknowledgedUpTo = end;
      next = at(after);
    }
    return end;
  }

  #nextBehindHead(finalSequenceNumber: number): Fragment | undefined {
    this.#cursor = Math.max(this.#cursor, this.#first);
    while (this.#cursor < this.nextSequenceNumber) {
      const fragment = this.#fragments.at(this.#cursor - this.#first);
      if (!fragment) break;
      const { isAcknowledged, isInFlight, isAbandoned, sequenceNumber } = fragment;
      const isWanted = !isAbandoned || sequenceNumber === finalSequenceNumber;
      if (!isAcknowledged && !isInFlight && isWanted) return fragment;
      this.#cursor = isAcknowledged ? this.#afterAcknowledged(this.#cursor) : this.#cursor + 1;
    }
    return undefined;
  }

  /**
   * Drops abandoned fragments from the head, as far as something is still to be sent that tells the
   * receiver to skip them: `next`, or the fragment that becomes the head. What is in flight already
   * does not tell it, so here the RFC's "at least two entries" (§3.6.2.3) would leave the receiver
   * waiting; §3.6.2.7.1 and Figure 21 send the abandoned head.
   */
  #trim(next: Fragment | undefined): void {
    this.#dropAcknowledged();
    for (let head = this.#fragments.at(0); head?.isAbandoned; head = this.#fragments.at(0)) {
      if (head.isInFlight || head === next) return;
      if (!next && !this.#isSecondToBeSent()) return;
      this.#unacknowledged -= 1;
      this.#drop();
      this.#dropAcknowledged();
    }
  }

  /** Would the head leave its place to a fragment that is not in flight? */
  #isSecondToBeSent(): boolean {
    const behind = this.#fragments.at(1);
    if (!behind?.isAcknowledged) return behind?.isInFlight === false;
    const second = this.#fragments.at(this.#afterAcknowledged(this.#first + 1) - this.#first);
    return second?.isInFlight === false;
  }

  #dropAcknowledged(): void {
    while (this.#fragments.at(0)?.isAcknowledged) this.#drop();
  }

  #drop(): void {
    const head = this.#fragments.shift();
    if (head) this.#heldBytes -= head.data.length + QUEUED_FRAGMENT_BYTES;
    this.#first += 1;
  }
}

const NO_DATA = new Uint8Array(0);
/** So seldom that going through the whole queue is no cost, and what they hold is not much … */
const MANY_ABANDONED = 1_024;
/** … and where the queue is full, when there is one of them for so many fragments. */
const MOST_LEFT = 64;

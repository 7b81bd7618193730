import { RtmfpError } from "../errors.ts";
import { MAX_MESSAGE_BYTES, MAX_METADATA_BYTES, SEND_FLOW_LINGER_MS } from "../params.ts";
import type { Acknowledgement } from "../wire/chunks/acknowledgement.ts";
import {
  encodeUserDataOptions,
  FragmentControl,
  type OutgoingUserData,
} from "../wire/chunks/user-data.ts";
import { Expiries } from "./expiries.ts";
import { FarWindow } from "./far-window.ts";
import { Fragment } from "./fragment.ts";
import { OutgoingMessage, type SendOptions } from "./outgoing-message.ts";
import { mostFragments, PacketFill } from "./packet-fill.ts";
import type { SendFlowOptions } from "./send-flow-options.ts";
import type { SendFlowOwner } from "./send-flow-owner.ts";
import { SendQueue } from "./send-queue.ts";

export type SendFlowState = "OPEN" | "CLOSING" | "COMPLETE_LINGER" | "CLOSED";

/**
 * A sending flow, RFC 7016 §3.6.2: messages, cut into fragments, each sent until it is acknowledged
 * or abandoned. The session decides when a fragment is sent and when it is lost.
 */
export class SendFlow {
  /** It waits for its turn to send. Its owner's note. */
  isInTurn = false;
  readonly id: number;
  readonly priority: number;
  readonly metadata: Uint8Array;
  readonly #owner: SendFlowOwner;
  readonly #queue = new SendQueue();
  readonly #expiries = new Expiries();
  readonly #window: FarWindow;
  readonly #fill = new PacketFill();
  #state: SendFlowState = "OPEN";
  /** Sent along until the first acknowledgement, RFC 7016 §3.6.2.3.1. */
  #startupOptions: Uint8Array | undefined;
  #finalSequenceNumber = 0;
  #isExcepted = false;
  #queuedBytes = 0;
  #forwardUpdates = 0;
  #lingerUntil = Number.POSITIVE_INFINITY;

  constructor(owner: SendFlowOwner, id: number, options: SendFlowOptions) {
    if (options.metadata.length > MAX_METADATA_BYTES) {
      throw new RangeError(`metadata is longer than ${MAX_METADATA_BYTES} bytes`);
    }
    const { priority = 3 } = options;
    if (!Number.isInteger(priority) || priority < 0 || priority > 7) {
      throw new RangeError(`priority: a whole number from 0 to 7, not ${priority}`);
    }
    this.#owner = owner;
    this.#window = new FarWindow(owner.compat);
    this.id = id;
    this.metadata = options.metadata;
    this.priority = priority;
    this.#startupOptions = encodeUserDataOptions(options);
  }

  get state(): SendFlowState {
    return this.#state;
  }

  get isTimeCritical(): boolean {
    return this.priority > 3;
  }

  /** Bytes of messages that are neither acknowledged nor abandoned yet. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Bytes of its chunks in flight. */
  get outstandingBytes(): number {
    return this.#queue.outstandingBytes;
  }

  /** What the receiver has room for, as it said last. */
  get farWindowBytes(): number {
    return this.#window.bytes;
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    return Math.min(this.#expiries.earliest, this.#window.timeout, this.#lingerUntil);
  }

  /**
   * Queues a message; the flow keeps the bytes, so the caller must not change them.
   * Throws `CLOSED`, `LIMIT` if the message is too long or too much is queued already, or RangeError for
   * an option that is none.
   */
  send(bytes: Uint8Array, options: SendOptions, now: number): OutgoingMessage {
    if (this.#state !== "OPEN") throw new RtmfpError("CLOSED", "the flow is closed");
    if (bytes.length > MAX_MESSAGE_BYTES) throw new RtmfpError("LIMIT", "the message is too long");
    const limit = this.#fragmentBytes(bytes.length);
    if (!this.#queue.hasRoomFor(bytes.length, mostFragments(bytes.length, limit))) {
      throw new RtmfpError("LIMIT", "too much is queued already");
    }
    const message = new OutgoingMessage(bytes.length, options, now, this.#abandoned);
    this.#cut(bytes, limit, message);
    this.#queuedBytes += bytes.length;
    this.#expiries.add(message);
    if (options.parent) this.#depend(message, options.parent);
    this.#owner.wake(this);
    return message;
  }

  /** RFC 7016 §3.6.2.11: what is queued is still delivered, then the flow ends. Idempotent. */
  close(): void {
    if (this.#state !== "OPEN") return;
    this.#state = "CLOSING";
    const { tail } = this.#queue;
    if (!tail || tail.wasEverSent) this.#append(FragmentControl.whole, NO_DATA, undefined);
    this.#finalSequenceNumber = this.#queue.nextSequenceNumber - 1;
    this.#queue.reconsider(this.#finalSequenceNumber);
    this.#owner.wake(this);
  }

  /**
   * RFC 7016 §3.6.2.7, §3.6.2.11: what is not delivered yet is abandoned, then the flow ends, and the far
   * end is told of both. Idempotent.
   */
  abort(): void {
    this.close();
    for (const { message } of this.#queue) message?.abandon();
  }

  /** It has lingered, or the session is gone: the far end is told nothing any more. */
  leave(): void {
    this.#state = "CLOSED";
    this.abort();
    this.#queue.clear();
    this.#window.stopProbing();
    this.#lingerUntil = Number.POSITIVE_INFINITY;
  }

  /** The far end rejected the flow, RFC 7016 §3.6.2.10. The user hears of it unless the flow is closed. */
  except(exceptionCode: number): void {
    if (this.#isExcepted || this.#state === "CLOSED") return;
    const wasOpen = this.#state === "OPEN";
    this.#isExcepted = true;
    this.#window.stopProbing();
    this.abort();
    this.#owner.wake(this);
    if (wasOpen) this.#owner.emit({ type: "flow-rejected", flow: this, exceptionCode });
  }

  /** The fragment to send next, or undefined: nothing is eligible, or the receive window is full. */
  nextFragment(now: number): Fragment | undefined {
    if (now >= this.#expiries.earliest) this.#expire(now);
    if (this.#queue.outstandingBytes >= this.#window.bytes && !this.#isExcepted) {
      if (this.#window.bytes === 0 && !this.#queue.isEmpty) this.#window.startProbing(now);
      return undefined;
    }
    return this.#queue.nextEligible(this.#finalSequenceNumber);
  }

  /** The chunk that carries `fragment`, RFC 7016 §3.6.2.3. */
  chunkOf(fragment: Fragment, isFirstInPacket: boolean): OutgoingUserData {
    const isAbandoned = fragment.isAbandoned;
    return {
      flowId: this.id,
      sequenceNumber: fragment.sequenceNumber,
      forwardSequenceNumber: this.#queue.forwardSequenceNumber,
      control: fragment.control,
      abandoned: isAbandoned,
      final: fragment.sequenceNumber === this.#finalSequenceNumber,
      encodedOptions: isFirstInPacket ? this.#startupOptions : undefined,
      data: isAbandoned ? NO_DATA : fragment.data,
    };
  }

  /** `fragment` goes out in a chunk of `size` bytes. */
  markSent(fragment: Fragment, size: number): void {
    this.#queue.markSent(fragment, size);
    fragment.message?.noteSent();
  }

  markLost(fragment: Fragment): void {
    this.#queue.markLost(fragment);
    const { message, timesSent } = fragment;
    if (message && timesSent >= message.maxTransmissions) message.abandon();
    this.#owner.wake(this);
  }

  /** RFC 7016 §3.6.2.4. Calls `acknowledged` for each fragment, while it still counts as in flight. */
  acknowledge(ack: Acknowledgement, acknowledged: (fragment: Fragment) => void, now: number): void {
    if (this.#state === "CLOSED") return;
    this.#startupOptions = undefined;
    this.#window.set(ack.bufferBytes);
    const note = (fragment: Fragment): void => {
      acknowledged(fragment);
      this.#noteAcknowledged(fragment);
    };
    this.#queue.acknowledge(0, ack.cumulative, note);
    for (const range of ack.ranges) this.#queue.acknowledge(range.from, range.to, note);
    this.#tellOfHead();
    if (this.#queue.isEmpty) this.#tellForward(ack.cumulative);
    if (this.#state === "CLOSING" && this.#queue.isEmpty) {
      this.#state = "COMPLETE_LINGER";
      this.#lingerUntil = now + SEND_FLOW_LINGER_MS;
    }
    this.#owner.wake(this);
  }

  /** Runs what is due. Answers true if a Buffer Probe is to be sent, RFC 7016 §3.6.2.9.1. */
  advance(now: number): boolean {
    if (now >= this.#lingerUntil) this.leave();
    if (now >= this.#expiries.earliest) {
      this.#expire(now);
      this.#owner.wake(this);
    }
    if (this.#queue.isEmpty) this.#window.stopProbing();
    return this.#window.takeProbe(now);
  }

  #fragmentBytes(messageLength: number): number {
    return this.#owner.fragmentBytes(this.#startupOptions?.length ?? 0, messageLength);
  }

  #cut(bytes: Uint8Array, limit: number, message: OutgoingMessage): void {
    const { length } = bytes;
    // Datagrams larger than every path carries hold several fragments, and are full without that.
    const isShared = this.#queue.tail?.wasEverSent === false && limit === this.#fragmentBytes(0);
    const first = this.#fill.add(length, limit, isShared);
    if (first === length) {
      this.#append(FragmentControl.whole, bytes, message);
      return;
    }
    for (let start = 0, end = first; start < length; start = end, end += limit) {
      const inside = end < length ? FragmentControl.middle : FragmentControl.end;
      const control = start === 0 ? FragmentControl.begin : inside;
      this.#append(control, bytes.subarray(start, end), message);
    }
  }

  #append(control: FragmentControl, data: Uint8Array, message: OutgoingMessage | undefined): void {
    this.#queue.push(new Fragment(this, this.#queue.nextSequenceNumber, control, data, message));
    message?.noteFragment();
  }

  /** One that is lost from the start is told of all the same, once its sender can be listening. */
  #depend(message: OutgoingMessage, parent: OutgoingMessage): void {
    parent.adopt(message);
    if (message.isAbandoned) this.#owner.emit({ type: "outcome", message });
  }

  /**
   * The chunk that told the receiver to skip what was abandoned may be lost although its fragment was
   * acknowledged: an earlier transmission arrived. Then nothing is left that would tell it.
   */
  #tellForward(cumulative: number): void {
    const last = this.#queue.nextSequenceNumber - 1;
    if (cumulative >= last) this.#forwardUpdates = 0;
    if (cumulative >= last || this.#forwardUpdates === MAX_FORWARD_UPDATES) return;
    this.#forwardUpdates += 1;
    this.#queue.pushAgain(new Fragment(this, last, FragmentControl.whole, NO_DATA, undefined));
  }

  #noteAcknowledged(fragment: Fragment): void {
    const { message } = fragment;
    if (!message) return;
    if (!message.isAbandoned) this.#queuedBytes -= fragment.data.length;
    if (message.noteAcknowledged(fragment.data.length)) this.#settle(message);
  }

  readonly #abandoned = (message: OutgoingMessage): void => {
    this.#queuedBytes -= message.bytesLeft;
    this.#queue.noteAbandoned(message.fragmentsLeft);
    this.#settle(message);
    this.#owner.wake(this);
  };

  #settle(message: OutgoingMessage): void {
    this.#expiries.remove(message);
    if (message.onOutcome) this.#owner.emit({ type: "outcome", message });
  }

  #expire(now: number): void {
    for (const message of this.#expiries.takeDue(now)) message.abandon();
    this.#tellOfHead();
  }

  /**
   * What came after the head waits for it at the receiver. It is in flight, but if it has not arrived by
   * now it is of no use: the receiver is told at once to go on without it, not when it counts as lost.
   * Where nothing waits, the head stays in flight: its acknowledgement, which is still to come, may be
   * the only one that tells the window of anything, where all is sent just before its deadline.
   */
  #tellOfHead(): void {
    const { head, isHeadAwaited } = this.#queue;
    if (!isHeadAwaited) return;
    if (head?.isAbandoned && head.isInFlight && !head.wasSentAbandoned) this.#owner.retry(head);
  }
}

const NO_DATA = new Uint8Array(0);
/** A receiver that does not move forward after so many updates never will. */
const MAX_FORWARD_UPDATES = 16;

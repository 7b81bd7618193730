import type { Writer } from "../bytes/writer.ts";
import { MAX_MESSAGE_BYTES, RECV_BUFFER_BYTES, RECV_FLOW_LINGER_MS } from "../params.ts";
import { writeAcknowledgement } from "../wire/chunks/acknowledgement.ts";
import { writeFlowException } from "../wire/chunks/flow-exception.ts";
import type { NextUserData } from "../wire/chunks/user-data.ts";
import { type AcceptOptions, checkBytes, type ReceiveOrder } from "./accept-options.ts";
import { Reassembly } from "./reassembly.ts";
import type { RecvFlowOwner } from "./recv-flow-owner.ts";
import { RecvWindow } from "./recv-window.ts";
import { SeenNumbers } from "./seen-numbers.ts";
import type { SendFlow } from "./send-flow.ts";

export type RecvFlowState = "OPEN" | "REJECTED" | "COMPLETE_LINGER" | "CLOSED";

/** The fields of a chunk that its flow needs; a Next User Data's numbers are already known. */
export interface ReceivedData extends NextUserData {
  readonly sequenceNumber: number;
  readonly forwardSequenceNumber: number;
}

/** A receiving flow, RFC 7016 §3.6.3: delivers messages, in their original order unless told so. */
export class RecvFlow {
  /** It has received something since its last acknowledgement. Its owner's note. */
  isUnacknowledged = false;
  readonly id: number;
  readonly metadata: Uint8Array;
  /** Our own flow that this one answers. */
  readonly association: SendFlow | undefined;
  readonly #owner: RecvFlowOwner;
  readonly #seen: SeenNumbers;
  readonly #reassembly: Reassembly;
  readonly #window: RecvWindow;
  #state: RecvFlowState = "OPEN";
  #isAccepted = false;
  #isPaused = false;
  #isNetworkOrder = false;
  /** When a pause ends by itself, ms. */
  #resumeAt = Number.POSITIVE_INFINITY;
  #isEndReported = false;
  #finalSequenceNumber = 0;
  /** Set when the flow was rejected. */
  #exceptionCode: number | undefined;
  #lingerUntil = Number.POSITIVE_INFINITY;

  constructor(
    owner: RecvFlowOwner,
    id: number,
    metadata: Uint8Array,
    association: SendFlow | undefined,
  ) {
    this.#owner = owner;
    this.#seen = new SeenNumbers(owner.budget);
    this.#reassembly = new Reassembly(owner.budget);
    this.#window = new RecvWindow(owner, this.#reassembly);
    this.id = id;
    this.metadata = metadata;
    this.association = association;
  }

  get state(): RecvFlowState {
    return this.#state;
  }

  /** Its end was told: nothing comes after it. */
  get isEnded(): boolean {
    return this.#isEndReported;
  }

  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    return Math.min(this.#lingerUntil, this.#resumeAt);
  }

  get order(): ReceiveOrder {
    if (this.#isPaused) return "hold";
    return this.#isNetworkOrder ? "network" : "sequence";
  }

  /**
   * Wants the flow. Does nothing if it was rejected, which the far end can cause before the user hears
   * of it. Throws RangeError for limits that are none.
   */
  accept(options: AcceptOptions = {}): void {
    const { bufferBytes = RECV_BUFFER_BYTES, maxMessageBytes = MAX_MESSAGE_BYTES } = options;
    checkBytes("bufferBytes", bufferBytes);
    this.limitMessages(maxMessageBytes);
    if (this.#state === "REJECTED") return;
    this.#window.bufferBytes = bufferBytes;
    this.#isAccepted = true;
    if (options.order) this.setOrder(options.order);
  }

  /** Changes what a message may have. Throws RangeError for a limit that is none. */
  limitMessages(maxMessageBytes: number): void {
    checkBytes("maxMessageBytes", maxMessageBytes);
    this.#reassembly.maxMessageBytes = maxMessageBytes;
  }

  /** Goes on in another order. "hold" is `pause`; any other ends it. */
  setOrder(order: ReceiveOrder): void {
    if (order === "hold") {
      this.pause();
      return;
    }
    this.#isNetworkOrder = order === "network";
    if (this.#isPaused) this.resume();
    else this.#drain();
  }

  /** RFC 7016 §3.6.3.7. Idempotent; the far end learns the code with each acknowledgement. */
  reject(exceptionCode = 0): void {
    if (this.#state !== "OPEN") return;
    this.#state = "REJECTED";
    this.#exceptionCode = exceptionCode;
    this.#reassembly.clear();
    this.#owner.acknowledge(this);
    this.#reportEnd(false);
  }

  /** Rejects a flow that the user never heard of, RFC 7016 §3.6.3.1. */
  refuse(): void {
    this.#isEndReported = true;
    this.reject();
  }

  /**
   * Holds messages back; the sender is slowed down by the receive window. At `until`, ms, it resumes
   * by itself, with an event. Throws RangeError if that is no point in time.
   */
  pause(until: number = Number.POSITIVE_INFINITY): void {
    if (Number.isNaN(until)) throw new RangeError("until: a point in time, not NaN");
    this.#isPaused = true;
    this.#resumeAt = until;
    if (until < Number.POSITIVE_INFINITY) this.#owner.schedule(this);
  }

  /** Goes on in the order in which it was received before. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#resumeAt = Number.POSITIVE_INFINITY;
    this.#drain();
    this.#owner.acknowledge(this);
  }

  /** The session is gone. */
  leave(): void {
    this.#close();
    this.#resumeAt = Number.POSITIVE_INFINITY;
    this.#reassembly.clear();
    this.#reportEnd(false);
  }

  /** RFC 7016 §3.6.3.2. Answers whether it has to be acknowledged at once. */
  receive(chunk: ReceivedData, now: number): boolean {
    const { sequenceNumber } = chunk;
    const hadGaps = this.#seen.hasGaps;
    const isDuplicate = this.#seen.has(sequenceNumber);
    this.#seen.addThrough(chunk.forwardSequenceNumber);
    const isTaken = isDuplicate || this.#take(chunk);
    const isNewsOfEnd =
      // A number that was skipped counts as received, although there may be no room for its data.
      chunk.final && this.#finalSequenceNumber === 0 && this.#seen.has(sequenceNumber);
    if (isNewsOfEnd) this.#finalSequenceNumber = sequenceNumber;
    this.#seen.count();
    if (this.#state === "OPEN") this.#deliver(sequenceNumber, !isDuplicate);
    if (this.#owner.budget.isExceeded) this.reject();
    this.#complete(now);
    return (
      !isTaken ||
      isDuplicate ||
      isNewsOfEnd ||
      hadGaps ||
      chunk.abandoned ||
      this.#seen.hasGaps ||
      this.#state !== "OPEN" ||
      this.#window.isShort
    );
  }

  /** Writes the acknowledgement, and before it the exception if the flow was rejected. */
  writeAcknowledgement(writer: Writer): void {
    if (this.#exceptionCode !== undefined) {
      writeFlowException(writer, { flowId: this.id, exceptionCode: this.#exceptionCode });
    }
    const blocks = this.#window.advertise(this.#isPaused);
    writeAcknowledgement(writer, this.id, blocks, this.#seen);
  }

  /**
   * A chunk with number 0 carries nothing: numbers begin with 1. MonaServer2 answers a rejection with
   * a final one, so a rejected flow is over; an acknowledgement would be answered for ever.
   */
  receiveNothing(isFinal: boolean, now: number): void {
    if (!isFinal || this.#state !== "REJECTED") return;
    this.#state = "COMPLETE_LINGER";
    this.#lingerUntil = now + RECV_FLOW_LINGER_MS;
  }

  advance(now: number): void {
    if (now >= this.#resumeAt) {
      this.resume();
      this.#owner.emit({ type: "flow-resumed", flow: this });
    }
    if (now >= this.#lingerUntil) this.#close();
  }

  /** Answers false if there is no room: then the fragment counts as never received. */
  #take(chunk: ReceivedData): boolean {
    const isKept = this.#state === "OPEN" && !chunk.abandoned;
    const isNext = chunk.sequenceNumber === this.#seen.cumulative + 1;
    const mustWait = !isNext || (isKept && this.#isPaused);
    // What is not kept may take room in the sequence set all the same.
    const room = isKept ? this.#window : this.#owner.budget;
    if (mustWait && room.freeBytes <= 0) return false;
    if (!this.#seen.add(chunk.sequenceNumber)) return false;
    if (isKept) {
      this.#reassembly.insert(chunk.sequenceNumber, chunk.control, chunk.data, mustWait);
    }
    return true;
  }

  /** After a chunk: what is in turn and, in network order, the message that it has completed, if new. */
  #deliver(sequenceNumber: number, isNew: boolean): void {
    const isAhead = isNew && this.#isNetworkOrder && sequenceNumber > this.#seen.cumulative;
    if (!isAhead || this.#isPaused) {
      this.#drainInTurn();
      return;
    }
    const bytes = this.#reassembly.takeComplete(sequenceNumber);
    if (bytes) this.#emit(bytes, false);
    this.#drainInTurn();
  }

  #drain(): void {
    this.#drainInTurn();
    if (!this.#isNetworkOrder || this.#isPaused) return;
    this.#reassembly.drainComplete(this.#seen.cumulative, (bytes) => this.#emit(bytes, false));
  }

  /** Answers whether more is wanted. */
  #emit(bytes: Uint8Array, afterGap: boolean): boolean {
    this.#owner.emit({ type: "message", flow: this, bytes, afterGap });
    return !this.#isPaused;
  }

  #drainInTurn(): void {
    if (this.#isPaused) return;
    const isSane = this.#reassembly.drain(this.#seen.cumulative, (bytes, afterGap) =>
      this.#emit(bytes, afterGap),
    );
    if (!isSane) this.reject();
    const isDrained = this.#reassembly.isDrainedThrough(this.#seen.cumulative);
    if (this.#state === "OPEN" || (isSane && !isDrained)) return;
    // What a far end sent beyond the end of its flow, or began there, nobody waits for.
    this.#reassembly.clear();
    this.#reportEnd(isSane);
  }

  /** RFC 7016 §3.6.3.8 */
  #complete(now: number): void {
    const isComplete =
      this.#finalSequenceNumber > 0 && this.#seen.cumulative >= this.#finalSequenceNumber;
    if (!isComplete || (this.#state !== "OPEN" && this.#state !== "REJECTED")) return;
    const wasOpen = this.#state === "OPEN";
    this.#state = "COMPLETE_LINGER";
    this.#lingerUntil = now + RECV_FLOW_LINGER_MS;
    if (wasOpen) this.#drain();
  }

  #close(): void {
    this.#state = "CLOSED";
    this.#lingerUntil = Number.POSITIVE_INFINITY;
    this.#seen.clearRanges();
    this.#seen.count();
  }

  #reportEnd(isComplete: boolean): void {
    if (this.#isEndReported) return;
    this.#isEndReported = true;
    this.#owner.emit({ type: "flow-ended", flow: this, isComplete });
  }
}

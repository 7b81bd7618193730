import { SequenceSet } from "../bytes/sequence-set.ts";
import type { Writer } from "../bytes/writer.ts";
import { MAX_SEQUENCE_RANGES, RECV_BUFFER_BYTES, RECV_FLOW_LINGER_MS } from "../params.ts";
import { BLOCK_BYTES, writeAcknowledgement } from "../wire/chunks/acknowledgement.ts";
import { writeFlowException } from "../wire/chunks/flow-exception.ts";
import type { NextUserData } from "../wire/chunks/user-data.ts";
import type { EmitFlowEvent } from "./events.ts";
import { Reassembly } from "./reassembly.ts";
import type { SendFlow } from "./send-flow.ts";

/** What a flow needs of the session it belongs to. */
export interface RecvFlowOwner {
  readonly emit: EmitFlowEvent;
  /** The flow wants to be acknowledged at once. */
  acknowledge(flow: RecvFlow): void;
}

export type RecvFlowState = "OPEN" | "REJECTED" | "COMPLETE_LINGER" | "CLOSED";

/** The fields of a chunk that its flow needs; a Next User Data's numbers are already known. */
export interface ReceivedData extends NextUserData {
  readonly sequenceNumber: number;
  readonly forwardSequenceNumber: number;
}

/** A receiving flow, RFC 7016 §3.6.3: delivers messages in their original order. */
export class RecvFlow {
  readonly id: number;
  readonly metadata: Uint8Array;
  /** Our own flow that this one answers. */
  readonly association: SendFlow | undefined;
  readonly #owner: RecvFlowOwner;
  readonly #seen = new SequenceSet(MAX_SEQUENCE_RANGES);
  readonly #reassembly = new Reassembly();
  #state: RecvFlowState = "OPEN";
  #isAccepted = false;
  #isPaused = false;
  #isEndReported = false;
  #bufferBytes = RECV_BUFFER_BYTES;
  #finalSequenceNumber = 0;
  /** Set when the flow was rejected. */
  #exceptionCode: number | undefined;
  #advertisedBlocks = Number.POSITIVE_INFINITY;
  #lingerUntil = Number.POSITIVE_INFINITY;

  constructor(
    owner: RecvFlowOwner,
    id: number,
    metadata: Uint8Array,
    association: SendFlow | undefined,
  ) {
    this.#owner = owner;
    this.id = id;
    this.metadata = metadata;
    this.association = association;
  }

  get state(): RecvFlowState {
    return this.#state;
  }

  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    return this.#lingerUntil;
  }

  /**
   * Wants the flow. `bufferBytes` is what it may hold while messages wait or are incomplete. Does
   * nothing if the flow was rejected, which the far end can cause before the user hears of it.
   */
  accept(options: { readonly bufferBytes?: number | undefined } = {}): void {
    if (this.#state === "REJECTED") return;
    this.#bufferBytes = options.bufferBytes ?? RECV_BUFFER_BYTES;
    this.#isAccepted = true;
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

  /** Holds messages back; the sender is slowed down by the receive window. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#drain();
    this.#owner.acknowledge(this);
  }

  /** The session is gone. */
  abort(): void {
    if (this.#state === "CLOSED") return;
    this.#state = "CLOSED";
    this.#lingerUntil = Number.POSITIVE_INFINITY;
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
    const isNewsOfEnd = isTaken && chunk.final && this.#finalSequenceNumber === 0;
    if (isNewsOfEnd) this.#finalSequenceNumber = sequenceNumber;
    if (this.#state === "OPEN") this.#drain();
    this.#complete(now);
    return (
      !isTaken ||
      isDuplicate ||
      isNewsOfEnd ||
      hadGaps ||
      chunk.abandoned ||
      this.#seen.hasGaps ||
      this.#state !== "OPEN" ||
      this.#advertisedBlocks < 2 ||
      this.#freeBytes < BLOCK_BYTES
    );
  }

  /** Writes the acknowledgement, and before it the exception if the flow was rejected. */
  writeAcknowledgement(writer: Writer): void {
    if (this.#exceptionCode !== undefined) {
      writeFlowException(writer, { flowId: this.id, exceptionCode: this.#exceptionCode });
    }
    this.#advertisedBlocks = this.#windowBlocks;
    writeAcknowledgement(writer, this.id, this.#advertisedBlocks, this.#seen);
  }

  advance(now: number): void {
    if (now < this.#lingerUntil) return;
    this.#lingerUntil = Number.POSITIVE_INFINITY;
    this.#state = "CLOSED";
  }

  get #freeBytes(): number {
    return this.#bufferBytes - this.#reassembly.bufferedBytes;
  }

  /** RFC 7016 §3.6.3.5: at least one block unless paused, or a gap could never be filled. */
  get #windowBlocks(): number {
    const blocks = Math.ceil(Math.max(0, this.#freeBytes) / BLOCK_BYTES);
    return blocks === 0 && !this.#isPaused ? 1 : blocks;
  }

  /** Answers false if there is no room: then the fragment counts as never received. */
  #take(chunk: ReceivedData): boolean {
    const isNext = chunk.sequenceNumber === this.#seen.cumulative + 1;
    const isRoom = this.#freeBytes > 0 || (isNext && !this.#isPaused) || chunk.abandoned;
    if (this.#state === "OPEN" && !isRoom) return false;
    if (!this.#seen.add(chunk.sequenceNumber)) return false;
    if (this.#state === "OPEN" && !chunk.abandoned) {
      this.#reassembly.insert(chunk.sequenceNumber, chunk.control, chunk.data);
    }
    return true;
  }

  #drain(): void {
    if (this.#isPaused) return;
    const isSane = this.#reassembly.drain(this.#seen.cumulative, (bytes, afterGap) => {
      this.#owner.emit({ type: "message", flow: this, bytes, afterGap });
      return !this.#isPaused;
    });
    if (!isSane) this.reject();
    const isDrained = this.#reassembly.isDrainedThrough(this.#seen.cumulative);
    if (this.#state !== "OPEN" && isDrained) this.#reportEnd(true);
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

  #reportEnd(isComplete: boolean): void {
    if (this.#isEndReported) return;
    this.#isEndReported = true;
    this.#owner.emit({ type: "flow-ended", flow: this, isComplete });
  }
}

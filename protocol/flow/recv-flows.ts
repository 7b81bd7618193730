import { Ring } from "../bytes/ring.ts";
import { unpinned } from "../bytes/unpinned.ts";
import type { Writer } from "../bytes/writer.ts";
import {
  ACK_EVERY_PACKETS,
  DELAYED_ACK_MS,
  MAX_METADATA_BYTES,
  MAX_RECV_FLOWS,
} from "../params.ts";
import type { UserData, UserDataOptions } from "../wire/chunks/user-data.ts";
import type { Compat } from "../wire/compat.ts";
import type { EmitFlowEvent } from "./events.ts";
import { RecvBudget } from "./recv-budget.ts";
import { RecvFlow } from "./recv-flow.ts";
import type { RecvFlowOwner } from "./recv-flow-owner.ts";
import type { SendFlow } from "./send-flow.ts";

/** What the receiving half of a session needs of it. */
export interface RecvFlowsOwner {
  readonly emit: EmitFlowEvent;
  /** Our sending flow with this ID. */
  sendFlow(id: number): SendFlow | undefined;
  /** "flash": the far end is of the Flash kind; see `RecvFlowOwner`. */
  readonly compat?: Compat | undefined;
  /** An acknowledgement is due. */
  wake(): void;
}

/** The receiving flows of a session and when they are acknowledged, RFC 7016 §3.6.3. */
export class RecvFlows implements RecvFlowOwner {
  readonly emit: EmitFlowEvent;
  readonly budget: RecvBudget = new RecvBudget();
  readonly #owner: RecvFlowsOwner;
  /** BOUNDED: MAX_RECV_FLOWS; a completed flow leaves after its linger time. */
  readonly #flows = new Map<number, RecvFlow>();
  /** Their IDs are free again, but their users hold their end back. BOUNDED: with the others. */
  #parted = NONE;
  /** SHOULD_ACK: received something since their last acknowledgement. */
  readonly #unacknowledged = new Ring<RecvFlow>();
  #ackNow = false;
  #dataPackets = 0;
  #delayedAckAt = Number.POSITIVE_INFINITY;
  #flowsDueAt = Number.POSITIVE_INFINITY;

  constructor(owner: RecvFlowsOwner) {
    this.#owner = owner;
    this.emit = owner.emit;
  }

  get compat(): Compat | undefined {
    return this.#owner.compat;
  }

  get size(): number {
    return this.#flows.size;
  }

  /** Is there a flow that may still bring something? A rejected one does not, whatever its sender does. */
  get isInUse(): boolean {
    for (const flow of this.#flows.values()) if (flow.state === "OPEN") return true;
    return false;
  }

  /** True when an acknowledgement must not wait any longer, RFC 7016 §3.6.3.4.5. */
  get mustAcknowledge(): boolean {
    return this.#ackNow;
  }

  get timeout(): number {
    return Math.min(this.#delayedAckAt, this.#flowsDueAt);
  }

  /** One User Data chunk, RFC 7016 §3.6.3.2. Answers false if it was dropped: too many flows. */
  receive(chunk: UserData, now: number): boolean {
    let flow = this.#flows.get(chunk.flowId);
    if (chunk.sequenceNumber === 0) {
      flow?.receiveNothing(chunk.final, now);
      if (flow) this.schedule(flow);
      return true;
    }
    if (!flow) {
      if (this.#flows.size + this.#parted.length >= MAX_RECV_FLOWS) return false;
      flow = this.#open(chunk.flowId, chunk.options ?? {});
    } else if (chunk.options?.hasUnknownMandatory) {
      flow.reject();
    }
    this.#owe(flow);
    if (flow.receive(chunk, now)) this.#ackNow = true;
    this.schedule(flow);
    if (this.#delayedAckAt === Number.POSITIVE_INFINITY) this.#delayedAckAt = now + DELAYED_ACK_MS;
    return true;
  }

  /** To be called after each packet that held User Data. */
  endPacket(): void {
    this.#dataPackets += 1;
    if (this.#dataPackets >= ACK_EVERY_PACKETS) this.#ackNow = true;
    if (this.#ackNow) this.#owner.wake();
  }

  /** A Buffer Probe, RFC 7016 §3.6.3.6. */
  probe(flowId: number): void {
    const flow = this.#flows.get(flowId);
    if (flow) this.acknowledge(flow);
  }

  acknowledge(flow: RecvFlow): void {
    if (flow.isEnded && this.#parted.length > 0) this.#dropEnded();
    if (flow.state === "CLOSED") return;
    this.#owe(flow);
    this.#ackNow = true;
    this.#owner.wake();
  }

  schedule(flow: RecvFlow): void {
    if (flow.timeout < this.#flowsDueAt) this.#flowsDueAt = flow.timeout;
  }

  /**
   * Writes acknowledgements of all flows that need one, as far as they fit, RFC 7016 §3.6.3.4.5 and
   * §3.6.3.4.6. Answers whether it wrote any. Only the first of a packet may be truncated.
   */
  writeAcknowledgements(writer: Writer): boolean {
    let wroteAny = false;
    for (let flow = this.#unacknowledged.at(0); flow; flow = this.#unacknowledged.at(0)) {
      if (wroteAny && writer.room < ROOM_TO_PIGGYBACK) return true;
      if (writer.room < ROOM_FOR_ONE) return wroteAny;
      this.#unacknowledged.shift();
      flow.isUnacknowledged = false;
      if (flow.state === "CLOSED") continue;
      flow.writeAcknowledgement(writer);
      wroteAny = true;
    }
    this.#ackNow = false;
    this.#dataPackets = 0;
    this.#delayedAckAt = Number.POSITIVE_INFINITY;
    return wroteAny;
  }

  advance(now: number): void {
    if (now >= this.#delayedAckAt) {
      this.#delayedAckAt = Number.POSITIVE_INFINITY;
      this.#ackNow = true;
      this.#owner.wake();
    }
    if (now < this.#flowsDueAt) return;
    this.#flowsDueAt = Number.POSITIVE_INFINITY;
    for (const flow of this.#flows.values()) {
      flow.advance(now);
      if (flow.state === "CLOSED") this.#part(flow);
      else this.schedule(flow);
    }
    for (const flow of this.#parted) {
      flow.advance(now);
      this.schedule(flow);
    }
  }

  abort(): void {
    for (const flow of [...this.#flows.values(), ...this.#parted]) flow.leave();
    this.#flows.clear();
    this.#parted = NONE;
    this.#unacknowledged.clear();
    this.#ackNow = false;
    this.#delayedAckAt = Number.POSITIVE_INFINITY;
    this.#flowsDueAt = Number.POSITIVE_INFINITY;
  }

  /** RFC 7016 §3.6.3.1 */
  #open(id: number, options: UserDataOptions): RecvFlow {
    const { metadata, returnAssociation } = options;
    const association =
      returnAssociation === undefined ? undefined : this.#owner.sendFlow(returnAssociation);
    const flow = new RecvFlow(this, id, unpinned(metadata ?? NO_METADATA), association);
    this.#flows.set(id, flow);
    const isAssociationGood = returnAssociation === undefined || association?.state === "OPEN";
    const isGood = metadata !== undefined && metadata.length <= MAX_METADATA_BYTES;
    if (isGood && isAssociationGood && !options.hasUnknownMandatory) {
      this.emit({ type: "flow", flow });
    } else {
      flow.refuse();
    }
    this.#ackNow = true;
    return flow;
  }

  #part(flow: RecvFlow): void {
    this.#flows.delete(flow.id);
    if (!flow.isEnded) this.#parted = [...this.#parted, flow];
  }

  #dropEnded(): void {
    this.#parted = this.#parted.filter(({ isEnded }) => !isEnded);
  }

  #owe(flow: RecvFlow): void {
    if (flow.isUnacknowledged) return;
    flow.isUnacknowledged = true;
    this.#unacknowledged.push(flow);
  }
}

/** Chunk header, exception report, three VLUs: an acknowledgement with some ranges fits in here. */
const ROOM_FOR_ONE = 64;
const ROOM_TO_PIGGYBACK = 256;
const NO_METADATA = new Uint8Array(0);
const NONE: readonly RecvFlow[] = [];

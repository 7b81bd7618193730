import { Ring } from "../bytes/ring.ts";
import type { Writer } from "../bytes/writer.ts";
import { RtmfpError } from "../errors.ts";
import { MAX_SEND_FLOWS } from "../params.ts";
import type { Acknowledgement } from "../wire/chunks/acknowledgement.ts";
import { writeBufferProbe } from "../wire/chunks/buffer-probe.ts";
import {
  nextUserDataSize,
  userDataSize,
  writeNextUserData,
  writeUserData,
} from "../wire/chunks/user-data.ts";
import type { Compat } from "../wire/compat.ts";
import type { EmitFlowEvent } from "./events.ts";
import type { Fragment } from "./fragment.ts";
import { InFlight, type LargePacketFates, type LossSummary } from "./in-flight.ts";
import { SendFlow } from "./send-flow.ts";
import type { SendFlowOptions } from "./send-flow-options.ts";
import type { SendFlowOwner } from "./send-flow-owner.ts";

/** What the sending half of a session needs of it. */
export interface SendFlowsOwner {
  readonly emit: EmitFlowEvent;
  fragmentBytes(optionsLength: number, messageLength: number): number;
  /** There may be something to send. */
  wake(): void;
  /** "flash": the far end is of the Flash kind; see `SendFlowOwner`. */
  readonly compat?: Compat | undefined;
}

/** Says whether more user data may be sent next to what is in flight. */
export interface SendGate {
  maySend(outstandingBytes: number, now: number): boolean;
}

/** What a packet got of user data: "time-critical" if it has any of that kind, RFC 7016 §3.6.2.3. */
export type WrittenData = "nothing" | "data" | "time-critical";

/** What an acknowledgement or a loss means for the congestion window. */
export interface AckSummary extends LossSummary {
  readonly acknowledgedBytes: number;
}

/** The sending flows of a session and whose turn it is, RFC 7016 §3.6.2. */
export class SendFlows implements SendFlowOwner {
  readonly emit: EmitFlowEvent;
  readonly #owner: SendFlowsOwner;
  readonly #inFlight = new InFlight();
  /** BOUNDED: MAX_SEND_FLOWS; a completed flow leaves after its linger time. */
  readonly #flows = new Map<number, SendFlow>();
  /** Flows that may have something to send, by priority, if it is in use; each in turn within its own. */
  readonly #active: Ring<SendFlow>[] = [];
  #nextId = FIRST_FLOW_ID;
  #timeout = Number.POSITIVE_INFINITY;
  #acknowledgedBytes = 0;
  #anyNews = false;

  constructor(owner: SendFlowsOwner) {
    this.#owner = owner;
    this.emit = owner.emit;
  }

  get compat(): Compat | undefined {
    return this.#owner.compat;
  }

  get size(): number {
    return this.#flows.size;
  }

  /** Bytes in flight, RFC 7016 §3.5: S_OUTSTANDING_BYTES. */
  get outstandingBytes(): number {
    return this.#inFlight.bytes;
  }

  /** Bytes of messages that are neither acknowledged nor abandoned yet. */
  get queuedBytes(): number {
    let bytes = 0;
    for (const flow of this.#flows.values()) bytes += flow.queuedBytes;
    return bytes;
  }

  get timeout(): number {
    return this.#timeout;
  }

  /** Is there user data that could be sent now? */
  hasData(now: number): boolean {
    return this.#nextFragment(now) !== undefined;
  }

  /** Is there a flow that is not complete yet? */
  get isInUse(): boolean {
    for (const flow of this.#flows.values()) if (flow.state !== "COMPLETE_LINGER") return true;
    return false;
  }

  /** Priority of the flow whose turn it is; 0 if none has anything to send. */
  urgency(now: number): number {
    return this.#nextFragment(now)?.flow.priority ?? 0;
  }

  get(id: number): SendFlow | undefined {
    return this.#flows.get(id);
  }

  /** Throws `LIMIT` if there are too many flows. */
  open(options: SendFlowOptions): SendFlow {
    if (this.#flows.size >= MAX_SEND_FLOWS) throw new RtmfpError("LIMIT", "too many sending flows");
    const flow = new SendFlow(this, this.#nextId, options);
    this.#nextId += 1;
    this.#flows.set(flow.id, flow);
    return flow;
  }

  fragmentBytes(optionsLength: number, messageLength: number): number {
    return this.#owner.fragmentBytes(optionsLength, messageLength);
  }

  wake(flow: SendFlow): void {
    this.#timeout = Math.min(this.#timeout, flow.timeout);
    if (flow.isInTurn) return;
    flow.isInTurn = true;
    this.#active[flow.priority] ??= new Ring();
    this.#active[flow.priority]?.push(flow);
    this.#owner.wake();
  }

  /** Fills the packet with user data, highest priority first, as long as `gate` lets it. */
  writeUserData(writer: Writer, gate: SendGate, now: number): WrittenData {
    let written: WrittenData = "nothing";
    let previous: Fragment | undefined;
    while (gate.maySend(this.#inFlight.bytes, now)) {
      const fragment = this.#nextFragment(now);
      if (!fragment || !this.#write(writer, fragment, previous)) break;
      previous = fragment;
      if (fragment.flow.isTimeCritical) written = "time-critical";
      else if (written === "nothing") written = "data";
    }
    if (previous) this.#rotate(previous.flow);
    return written;
  }

  /** One acknowledgement chunk. Its effect on the window is in the next `endPacket`. */
  acknowledge(ack: Acknowledgement, now: number): void {
    this.#flows.get(ack.flowId)?.acknowledge(ack, this.#noteAcknowledged, now);
  }

  /** RFC 7016 §3.6.2.10 */
  except(flowId: number, exceptionCode: number): void {
    this.#flows.get(flowId)?.except(exceptionCode);
  }

  /** To be called after each packet with acknowledgements. Undefined: nothing new. */
  endPacket(): AckSummary | undefined {
    if (!this.#anyNews) return undefined;
    const acknowledgedBytes = this.#acknowledgedBytes;
    this.#anyNews = false;
    this.#acknowledgedBytes = 0;
    return { acknowledgedBytes, ...this.#inFlight.countNaks() };
  }

  /** RFC 7016 §3.6.2.6: nothing was acknowledged for too long. Answers whether anything was lost. */
  loseAll(): boolean {
    return this.#inFlight.loseAll();
  }

  /** The packet just filled is one that not every path carries. */
  noteLargePacket(): void {
    this.#inFlight.noteLargePacket();
  }

  /** What became of those since the last call. */
  takeLargePacketFates(): LargePacketFates {
    return this.#inFlight.takeLargePacketFates();
  }

  retry(fragment: Fragment): void {
    this.#inFlight.retry(fragment);
  }

  /** Sends again what was sent last; what was sent before it may then get negative acknowledgements. */
  retryLast(): void {
    this.#inFlight.retryLast();
  }

  /** Runs what is due; calls `sendChunk` for each Buffer Probe to be sent. */
  advance(now: number, sendChunk: (write: (writer: Writer) => void) => void): void {
    if (now < this.#timeout) return;
    this.#timeout = Number.POSITIVE_INFINITY;
    for (const flow of this.#flows.values()) {
      if (flow.advance(now)) sendChunk((writer) => writeBufferProbe(writer, flow.id));
      if (flow.state === "CLOSED") this.#flows.delete(flow.id);
      else this.#timeout = Math.min(this.#timeout, flow.timeout);
    }
  }

  abort(): void {
    for (const flow of this.#flows.values()) flow.leave();
    this.#flows.clear();
    this.#active.length = 0;
    this.#timeout = Number.POSITIVE_INFINITY;
  }

  readonly #noteAcknowledged = (fragment: Fragment): void => {
    this.#anyNews = true;
    this.#acknowledgedBytes += this.#inFlight.acknowledge(fragment);
  };

  /** Of the flow whose turn it is; flows that have nothing to send now lose their place. */
  #nextFragment(now: number): Fragment | undefined {
    for (let priority = this.#active.length - 1; priority >= 0; priority -= 1) {
      const ring = this.#active[priority];
      for (let flow = ring?.at(0); ring && flow; flow = ring.at(0)) {
        const fragment = flow.nextFragment(now);
        if (fragment) return fragment;
        ring.shift();
        flow.isInTurn = false;
        this.#timeout = Math.min(this.#timeout, flow.timeout);
      }
    }
    return undefined;
  }

  /** The flow that filled a packet makes room for the next of its priority. */
  #rotate(flow: SendFlow): void {
    const ring = this.#active[flow.priority];
    if (!ring || ring.at(0) !== flow) return;
    ring.shift();
    ring.push(flow);
  }

  /** Answers false if it does not fit. */
  #write(writer: Writer, fragment: Fragment, previous: Fragment | undefined): boolean {
    const { flow } = fragment;
    if (!fragment.isAbandoned && fragment.data.length > writer.room) return false;
    const continues =
      previous?.flow === flow && previous.sequenceNumber + 1 === fragment.sequenceNumber;
    const chunk = flow.chunkOf(fragment, previous?.flow !== flow);
    const size = continues ? nextUserDataSize(chunk.data) : userDataSize(chunk);
    if (size > writer.room) return false;
    if (continues) writeNextUserData(writer, chunk);
    else writeUserData(writer, chunk);
    flow.markSent(fragment, size);
    this.#inFlight.add(fragment);
    return true;
  }
}

export const HIGHEST_PRIORITY = 7;
/** Other implementations count their flows from here; some expect it of the first. */
const FIRST_FLOW_ID = 2;

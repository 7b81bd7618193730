import { MalformedError, unlessMalformed } from "../errors.ts";
import type { OutgoingMessage, SendOptions } from "../flow/outgoing-message.ts";
import type { RecvFlow } from "../flow/recv-flow.ts";
import type { SendFlow } from "../flow/send-flow.ts";
import { MAX_MESSAGE_BYTES } from "../params.ts";
import { splitAggregate } from "../rtmp/aggregate.ts";
import { type Message, MessageType } from "../rtmp/message.ts";
import { decodeUserControl, encodeUserControl, type UserControl } from "../rtmp/user-control.ts";
import type { Session } from "../session/session.ts";
import { FlowBarriers, type FlowSync } from "./flow-barriers.ts";
import { decodeFlowMessage, encodeFlowMessage } from "./flow-message.ts";
import { decodeFlowMetadata } from "./flow-metadata.ts";
import { HeldMessages } from "./held-messages.ts";
import { SendingFlows } from "./sending-flows.ts";
import { isLimit, type Transport, type TransportHandler } from "./transport.ts";

export interface FlowTransportOptions {
  /**
   * How long the messages of a group that the far end has started may be until it is answered.
   * @default 16 777 215
   */
  readonly maxUnansweredBytes?: number | undefined;
  /**
   * Whether flows of streams are received in network order where their sender hints so: then media
   * may come out of order. What we make of media (gaps, late joiners, files) needs its order.
   * @default false: in the order in which it was sent
   */
  readonly honoursOrderHint?: boolean | undefined;
}

/**
 * A group of associated flows in an RTMFP session, RFC 7425 §5.3.5 and §5.4: the first flow of the
 * end that started it is the control flow, all others are returns to the far end's control flow.
 * Audio, video and everything else have a flow each, so that audio goes before video and neither
 * waits for a command's retransmission.
 */
export class FlowTransport implements Transport {
  readonly #session: Session;
  readonly #sending: SendingFlows;
  readonly #receiving = new Map<RecvFlow, Receiving>();
  readonly #options: FlowTransportOptions;
  readonly #barriers = new FlowBarriers((flow) => this.#released.push(flow));
  /** Flows that a barrier no longer holds, and what of theirs was under way when it closed. */
  readonly #released: RecvFlow[] = [];
  readonly #held = new HeldMessages();
  #isPaused = false;
  /** The far end's control flow, once we know it. */
  #farControl: RecvFlow | undefined;
  /** Ours, if we started the group. */
  #nearControl: SendFlow | undefined;
  #handler: TransportHandler | undefined;
  /** Whoever started the group, the other end has said something. */
  #isAnswered: boolean;
  #isEnded = false;

  /** `farControl`: the flow with which the far end started the group. */
  constructor(session: Session, farControl?: RecvFlow, options: FlowTransportOptions = {}) {
    this.#session = session;
    this.#sending = new SendingFlows(session);
    this.#options = options;
    this.#isAnswered = farControl === undefined;
    if (farControl) this.adopt(farControl);
  }

  /** Has to be set before messages arrive. */
  set handler(handler: TransportHandler) {
    this.#handler = handler;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Bytes that the far end has not acknowledged. */
  get unsentBytes(): number {
    return this.#sending.queuedBytes;
  }

  /** Did we open this flow? */
  owns(flow: SendFlow): boolean {
    return this.#sending.has(flow);
  }

  /** Takes one more flow of the far end. Answers false if it is not to be accepted. */
  adopt(flow: RecvFlow): boolean {
    const metadata = decodeFlowMetadata(flow.metadata);
    if (!metadata || this.#isEnded) return false;
    const isHintGood = this.#options.honoursOrderHint && metadata.streamId !== 0;
    const maxMessageBytes = this.#isAnswered ? undefined : this.#options.maxUnansweredBytes;
    flow.accept({ order: isHintGood ? metadata.order : "sequence", maxMessageBytes });
    this.#receiving.set(flow, { streamId: metadata.streamId, isStale: false, hasEnded: false });
    this.#farControl ??= flow;
    return true;
  }

  /** Throws `LIMIT` if the flow's queue is full. */
  send(message: Message, options: SendOptions, now: number): OutgoingMessage | undefined {
    if (this.#isEnded || !this.#session.isOpen) return undefined;
    const flow = this.#flowFor(message);
    if (flow.state !== "OPEN") return undefined;
    if (!this.#isAnswered) this.#noteAnswered();
    return flow.send(encodeFlowMessage(message), options, now);
  }

  /** RFC 7425 §5.2: a barrier across all flows of these streams. Throws `LIMIT`. */
  synchronize(streamIds: readonly number[], now: number): void {
    if (!this.#isEnded && this.#session.isOpen) this.#sending.synchronize(streamIds, now);
  }

  closeStream(streamId: number): void {
    if (streamId === 0) return;
    this.#sending.closeStream(streamId, this.#nearControl);
    for (const [flow, receiving] of this.#receiving) {
      if (receiving.streamId === streamId && flow !== this.#farControl) receiving.isStale = true;
    }
  }

  /** Holds messages back; the far end is slowed down by its receive windows. */
  pause(): void {
    this.#isPaused = true;
    for (const flow of this.#receiving.keys()) if (!this.#held.has(flow)) flow.pause();
  }

  resume(): void {
    this.#isPaused = false;
    for (const flow of this.#receiving.keys()) if (!this.#held.has(flow)) flow.resume();
  }

  close(): void {
    this.#isEnded = true;
    this.#sending.close();
    // Nobody waits for what is held back.
    this.#held.clear();
    for (const flow of this.#receiving.keys()) flow.resume();
  }

  /**
   * A message arrived on a flow of this group. One that cannot be read is skipped; one whose answer
   * cannot be queued any more ends the group, and so does more than barriers may hold.
   */
  receive(flow: RecvFlow, bytes: Uint8Array, afterGap: boolean, now: number): void {
    this.#barriers.expire(now);
    this.#goOn(now);
    if (!this.#held.has(flow)) this.#receive(flow, bytes, afterGap, now);
    else if (!this.#held.push(flow, { bytes, afterGap })) this.end(now);
    this.#goOn(now);
  }

  /** A flow of ours that a barrier held was not freed in time. */
  flowResumed(now: number): void {
    this.#barriers.expire(now);
    this.#goOn(now);
  }

  /** A flow of the far end ended. The control flow takes the group along, RFC 7425 §5.3.6. */
  flowEnded(flow: RecvFlow, now: number): void {
    const isControl = flow === this.#farControl && this.#isConnection(flow);
    const receiving = this.#receiving.get(flow);
    if (receiving && !isControl && this.#held.has(flow)) {
      receiving.hasEnded = true;
      return;
    }
    this.#receiving.delete(flow);
    this.#held.delete(flow);
    this.#barriers.forget(flow, this.#receiving.size);
    this.#goOn(now);
    if (isControl) this.end(now);
  }

  /** The far end rejected one of our flows. */
  flowRejected(flow: SendFlow, now: number): void {
    if (flow === this.#nearControl || decodeFlowMetadata(flow.metadata)?.streamId === 0)
      this.end(now);
  }

  /** The group is over, whatever the reason. */
  end(now: number): void {
    if (this.#isEnded) return;
    this.close();
    this.#handler?.onEnd(now);
  }

  #noteAnswered(): void {
    this.#isAnswered = true;
    for (const flow of this.#receiving.keys()) flow.limitMessages(MAX_MESSAGE_BYTES);
  }

  #receive(flow: RecvFlow, bytes: Uint8Array, afterGap: boolean, now: number): void {
    const receiving = this.#receiving.get(flow);
    if (!receiving || this.#isEnded) return;
    try {
      const message = decodeFlowMessage(bytes, receiving.streamId);
      const control = readUserControl(message);
      if (control?.event === "flowSync") this.#onFlowSync(flow, control, now);
      else if (receiving.isStale) return;
      else if (control?.event === "pingRequest") this.#answerPing(control, message.streamId, now);
      else if (message.type === MessageType.aggregate) this.#split(message, afterGap, now);
      else this.#handler?.onMessage(message, afterGap, now);
    } catch (error) {
      if (isLimit(error)) this.end(now);
      else if (!(error instanceof MalformedError)) throw error;
    }
  }

  /** RTMP 1.0 §7.1.7. Not for whoever was not answered otherwise: they have yet to be let in. */
  #answerPing({ timestampMs }: Ping, streamId: number, now: number): void {
    if (!this.#isAnswered) return;
    const pong = encodeUserControl({ event: "pingResponse", timestampMs });
    this.send({ ...pong, streamId }, {}, now);
  }

  /** After a gap, something of each kind of part may be missing. */
  #split(aggregate: Message, afterGap: boolean, now: number): void {
    const kinds = new Set<number>();
    for (const part of splitAggregate(aggregate)) {
      this.#handler?.onMessage(part, afterGap && !kinds.has(part.type), now);
      kinds.add(part.type);
    }
  }

  /** Flows in network order are not held: they have no order that a barrier could keep. */
  #onFlowSync(flow: RecvFlow, sync: FlowSync, now: number): void {
    const until = this.#barriers.arrive(flow, sync, flow.order !== "network", now);
    if (until === undefined) return;
    this.#held.hold(flow);
    flow.pause(until);
  }

  /** Delivers what barriers do not hold any more: it may hold the next one. */
  #goOn(now: number): void {
    for (let flow = this.#released.shift(); flow; flow = this.#released.shift()) {
      this.#held.free(flow);
      for (let held = this.#held.take(flow); held; held = this.#held.take(flow)) {
        this.#receive(flow, held.bytes, held.afterGap, now);
      }
      if (this.#held.has(flow)) continue;
      if (this.#receiving.get(flow)?.hasEnded) this.flowEnded(flow, now);
      else if (this.#isPaused) flow.pause();
      else flow.resume();
    }
  }

  /** A publisher may close flows of a peer-to-peer stream at any time, RFC 7425 §5.4.2. */
  #isConnection(flow: RecvFlow): boolean {
    return this.#nearControl === undefined || decodeFlowMetadata(flow.metadata)?.streamId === 0;
  }

  #flowFor(message: Message): SendFlow {
    const flow = this.#sending.flowFor(message, this.#farControl?.id);
    if (!this.#farControl) this.#nearControl ??= flow;
    return flow;
  }
}

/** A flow of the far end. */
interface Receiving {
  readonly streamId: number;
  /**
   * Its stream was closed here: what still comes is for nobody, least for the next stream of that number.
   * Barriers wait for it all the same, RFC 7425 §5.3.5.3.
   */
  isStale: boolean;
  /** It has sent all there is, of which some waits behind a barrier, perhaps the next one too. */
  hasEnded: boolean;
}

/** Undefined for all other messages, and for those that whoever gets them cannot read either. */
function readUserControl({ type, payload }: Message): UserControl | undefined {
  if (type !== MessageType.userControl) return undefined;
  return unlessMalformed(() => decodeUserControl(payload));
}

type Ping = Extract<UserControl, { readonly timestampMs: number }>;

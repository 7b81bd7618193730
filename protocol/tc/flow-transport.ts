import { MalformedError } from "../errors.ts";
import type { OutgoingMessage, SendOptions } from "../flow/outgoing-message.ts";
import type { RecvFlow } from "../flow/recv-flow.ts";
import type { SendFlow } from "../flow/send-flow.ts";
import { type Message, MessageType } from "../rtmp/message.ts";
import type { Session } from "../session/session.ts";
import { decodeFlowMessage, encodeFlowMessage } from "./flow-message.ts";
import { decodeFlowMetadata, encodeFlowMetadata } from "./flow-metadata.ts";
import { isLimit, type Transport, type TransportHandler } from "./transport.ts";

/**
 * A group of associated flows in an RTMFP session, RFC 7425 §5.3.5 and §5.4: the first flow of the
 * end that started it is the control flow, all others are returns to the far end's control flow.
 * Audio, video and everything else have a flow each, so that audio goes before video and neither
 * waits for a command's retransmission.
 */
export class FlowTransport implements Transport {
  readonly #session: Session;
  readonly #sending = new Map<string, SendFlow>();
  readonly #receiving = new Map<RecvFlow, number>();
  /** The far end's control flow, once we know it. */
  #farControl: RecvFlow | undefined;
  /** Ours, if we started the group. */
  #nearControl: SendFlow | undefined;
  #handler: TransportHandler | undefined;
  #isEnded = false;

  /** `farControl`: the flow with which the far end started the group. */
  constructor(session: Session, farControl?: RecvFlow) {
    this.#session = session;
    if (farControl) this.adopt(farControl);
  }

  /** Has to be set before messages arrive. */
  set handler(handler: TransportHandler) {
    this.#handler = handler;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Did we open this flow? */
  owns(flow: SendFlow): boolean {
    for (const own of this.#sending.values()) if (own === flow) return true;
    return false;
  }

  /** Takes one more flow of the far end; it must be accepted or refused at once. */
  adopt(flow: RecvFlow): void {
    const streamId = decodeFlowMetadata(flow.metadata);
    if (streamId === undefined || this.#isEnded) return;
    flow.accept();
    this.#receiving.set(flow, streamId);
    this.#farControl ??= flow;
  }

  /** Throws `LIMIT` if the flow's queue is full. */
  send(message: Message, options: SendOptions, now: number): OutgoingMessage | undefined {
    if (this.#isEnded || !this.#session.isOpen) return undefined;
    const flow = this.#flowFor(message);
    if (flow.state !== "OPEN") return undefined;
    return flow.send(encodeFlowMessage(message), options, now);
  }

  closeStream(streamId: number): void {
    if (streamId === 0) return;
    for (const [key, flow] of this.#sending) {
      if (!key.startsWith(`${streamId}/`) || flow === this.#nearControl) continue;
      flow.close();
      this.#sending.delete(key);
    }
  }

  /** Holds messages back; the far end is slowed down by its receive windows. */
  pause(): void {
    for (const flow of this.#receiving.keys()) flow.pause();
  }

  resume(): void {
    for (const flow of this.#receiving.keys()) flow.resume();
  }

  close(): void {
    this.#isEnded = true;
    for (const flow of this.#sending.values()) flow.close();
  }

  /**
   * A message arrived. Answers false if its flow is not one of this group. One that cannot be read is
   * skipped; one whose answer cannot be queued any more ends the group.
   */
  receive(flow: RecvFlow, bytes: Uint8Array, afterGap: boolean, now: number): boolean {
    const streamId = this.#receiving.get(flow);
    if (streamId === undefined) return false;
    if (this.#isEnded) return true;
    try {
      this.#handler?.onMessage(decodeFlowMessage(bytes, streamId), afterGap, now);
    } catch (error) {
      if (isLimit(error)) this.end(now);
      else if (!(error instanceof MalformedError)) throw error;
    }
    return true;
  }

  /** A flow of the far end ended. The control flow takes the group along, RFC 7425 §5.3.6. */
  flowEnded(flow: RecvFlow, now: number): void {
    this.#receiving.delete(flow);
    const isControl = flow === this.#farControl && this.#isConnection(flow);
    if (isControl) this.end(now);
  }

  /** The far end rejected one of our flows. */
  flowRejected(flow: SendFlow, now: number): void {
    if (flow === this.#nearControl || decodeFlowMetadata(flow.metadata) === 0) this.end(now);
  }

  /** The group is over, whatever the reason. */
  end(now: number): void {
    if (this.#isEnded) return;
    this.close();
    this.#handler?.onEnd(now);
  }

  /** A publisher may close flows of a peer-to-peer stream at any time, RFC 7425 §5.4.2. */
  #isConnection(flow: RecvFlow): boolean {
    return this.#nearControl === undefined || decodeFlowMetadata(flow.metadata) === 0;
  }

  #flowFor(message: Message): SendFlow {
    const kind = kindOf(message.type);
    const key = `${message.streamId}/${kind}`;
    const open = this.#sending.get(key);
    if (open) return open;
    const flow = this.#session.openFlow({
      metadata: encodeFlowMetadata(message.streamId),
      returnAssociation: this.#farControl?.id,
      priority: PRIORITIES[kind],
    });
    if (!this.#farControl) this.#nearControl ??= flow;
    this.#sending.set(key, flow);
    return flow;
  }
}

type Kind = "audio" | "video" | "command";

function kindOf(type: number): Kind {
  if (type === MessageType.audio) return "audio";
  return type === MessageType.video ? "video" : "command";
}

/** RFC 7016 leaves them to us; above 3 is time critical. What is small and awaited goes first. */
const PRIORITIES: Readonly<Record<Kind, number>> = { command: 5, audio: 5, video: 4 };

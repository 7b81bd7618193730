import type { OutgoingMessage } from "../flow/outgoing-message.ts";
import type { SendFlow } from "../flow/send-flow.ts";
import { type Message, MessageType } from "../rtmp/message.ts";
import { encodeUserControl } from "../rtmp/user-control.ts";
import type { Session } from "../session/session.ts";
import { encodeFlowMessage } from "./flow-message.ts";
import { encodeFlowMetadata } from "./flow-metadata.ts";

/** Our flows of one group: audio, video and everything else of each stream have one, RFC 7425 §5.3.5. */
export class SendingFlows {
  readonly #session: Session;
  /** By stream and kind. BOUNDED: by the streams that are used here. */
  readonly #flows = new Map<string, SendFlow>();
  #lastSyncId = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Bytes that the far end has not acknowledged. */
  get queuedBytes(): number {
    let bytes = 0;
    for (const flow of this.#flows.values()) bytes += flow.queuedBytes;
    return bytes;
  }

  has(flow: SendFlow): boolean {
    for (const own of this.#flows.values()) if (own === flow) return true;
    return false;
  }

  /** On which flow the message travels; one that has to be opened returns to `returnAssociation`. */
  flowFor({ type, streamId }: Message, returnAssociation: number | undefined): SendFlow {
    const kind = kindOf(type);
    const key = `${streamId}/${kind}`;
    const open = this.#flows.get(key);
    if (open) return open;
    const metadata = encodeFlowMetadata(streamId);
    const flow = this.#session.openFlow({
      metadata,
      returnAssociation,
      priority: PRIORITIES[kind],
    });
    this.#flows.set(key, flow);
    return flow;
  }

  /** RFC 7425 §5.2: a barrier across all flows of these streams, or none. Throws `LIMIT`. */
  synchronize(streamIds: readonly number[], now: number): void {
    const flows = [...this.#flows]
      .filter(([key]) => streamIds.some((id) => isOf(key, id)))
      .map(([, flow]) => flow)
      .filter(({ state }) => state === "OPEN");
    if (flows.length < 2) return;
    this.#lastSyncId = (this.#lastSyncId + 1) >>> 0;
    const sync = { event: "flowSync", syncId: this.#lastSyncId, count: flows.length } as const;
    sendToAll(flows, encodeFlowMessage(encodeUserControl(sync)), now);
  }

  /** All but `control`. */
  closeStream(streamId: number, control: SendFlow | undefined): void {
    for (const [key, flow] of this.#flows) {
      if (!isOf(key, streamId) || flow === control) continue;
      flow.close();
      this.#flows.delete(key);
    }
  }

  close(): void {
    for (const flow of this.#flows.values()) flow.close();
  }
}

function isOf(key: string, streamId: number): boolean {
  return key.startsWith(`${streamId}/`);
}

/** To none if one has no room: whoever waits at a barrier waits for all. Throws `LIMIT`. */
function sendToAll(flows: readonly SendFlow[], bytes: Uint8Array, now: number): void {
  const sent: OutgoingMessage[] = [];
  try {
    for (const flow of flows) sent.push(flow.send(bytes, {}, now));
  } catch (error) {
    for (const message of sent) message.abandon();
    throw error;
  }
}

type Kind = "audio" | "video" | "command";

function kindOf(type: number): Kind {
  if (type === MessageType.audio) return "audio";
  return type === MessageType.video ? "video" : "command";
}

/** RFC 7016 leaves them to us; above 3 is time critical. What is small and awaited goes first. */
const PRIORITIES: Readonly<Record<Kind, number>> = { command: 5, audio: 5, video: 4 };

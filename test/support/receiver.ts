import { Reader } from "../../protocol/bytes/reader.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import type { FlowEvent } from "../../protocol/flow/events.ts";
import type { RecvFlow } from "../../protocol/flow/recv-flow.ts";
import { RecvFlows } from "../../protocol/flow/recv-flows.ts";
import type { SendFlow } from "../../protocol/flow/send-flow.ts";
import { ChunkType, readChunk } from "../../protocol/wire/chunk.ts";
import {
  type Acknowledgement,
  readAckBitmap,
  readAckRanges,
} from "../../protocol/wire/chunks/acknowledgement.ts";
import { readFlowException } from "../../protocol/wire/chunks/flow-exception.ts";
import { FragmentControl, type UserData } from "../../protocol/wire/chunks/user-data.ts";
import type { Compat } from "../../protocol/wire/compat.ts";
import { utf8 } from "./bytes.ts";

/** An acknowledgement as it went out, and the exception before it. */
export interface SentAck extends Acknowledgement {
  readonly exceptionCode: number | undefined;
}

/** The receiving half of a session whose far end is the test. */
export class Receiver {
  readonly flows: RecvFlows;
  readonly events: FlowEvent[] = [];
  readonly opened: RecvFlow[] = [];
  now = 0;
  wakes = 0;
  /** Replace it to reject or pause flows as they open. */
  onFlow: (flow: RecvFlow) => void = (flow) => flow.accept();
  onMessage: (flow: RecvFlow) => void = () => undefined;
  sendFlow: (id: number) => SendFlow | undefined = () => undefined;

  constructor(compat?: Compat) {
    this.flows = new RecvFlows({
      compat,
      emit: (event) => this.#note(event),
      sendFlow: (id) => this.sendFlow(id),
      wake: () => {
        this.wakes += 1;
      },
    });
  }

  get flow(): RecvFlow {
    const flow = this.opened[0];
    if (!flow) throw new Error("no flow");
    return flow;
  }

  /** One packet with these chunks. */
  receive(...chunks: readonly Partial<UserData>[]): void {
    for (const chunk of chunks) this.flows.receive(userData(chunk), this.now);
    this.flows.endPacket();
  }

  /** Sends what waits, as one packet. */
  acks(room = 1_200): SentAck[] {
    const writer = new Writer(256, room);
    this.flows.writeAcknowledgements(writer);
    return readAcks(writer.finish());
  }

  /** The acknowledgement that must go out now, as "0-30 32 34-35"; "" if none must. */
  obligatory(): string {
    return this.flows.mustAcknowledge ? this.acks().map(numbersInShort).join(", ") : "";
  }

  advance(ms: number): void {
    this.now += ms;
    this.flows.advance(this.now);
  }

  /** The messages so far; one after a gap begins with "…". */
  texts(): string[] {
    return this.events.flatMap((event) => {
      if (event.type !== "message") return [];
      return [`${event.afterGap ? "…" : ""}${new TextDecoder().decode(event.bytes)}`];
    });
  }

  ends(): boolean[] {
    return this.events.flatMap((event) => (event.type === "flow-ended" ? [event.isComplete] : []));
  }

  #note(event: FlowEvent): void {
    this.events.push(event);
    if (event.type === "flow") {
      this.opened.push(event.flow);
      this.onFlow(event.flow);
    }
    if (event.type === "message") this.onMessage(event.flow);
  }
}

/** A chunk of flow 2 that begins nothing special unless told so; "text" is its data. */
export function userData(chunk: Partial<UserData>): UserData {
  const sequenceNumber = chunk.sequenceNumber ?? 1;
  return {
    flowId: 2,
    sequenceNumber,
    forwardSequenceNumber: 0,
    control: FragmentControl.whole,
    abandoned: false,
    final: false,
    options: sequenceNumber === 1 ? { metadata: utf8("m") } : undefined,
    data: utf8(`${sequenceNumber}`),
    ...chunk,
  };
}

export function numbersInShort({ cumulative, ranges }: Acknowledgement): string {
  const more = ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`));
  return [`0-${cumulative}`, ...more].join(" ");
}

function readAcks(packet: Uint8Array): SentAck[] {
  const reader = new Reader(packet);
  const acks: SentAck[] = [];
  let exceptionCode: number | undefined;
  for (let chunk = readChunk(packet, reader); chunk; chunk = readChunk(packet, reader)) {
    const { type, payload } = chunk;
    if (type === ChunkType.flowException) {
      exceptionCode = readFlowException(payload).exceptionCode;
      continue;
    }
    const ack = type === ChunkType.ackBitmap ? readAckBitmap(payload) : readAckRanges(payload);
    acks.push({ ...ack, exceptionCode });
    exceptionCode = undefined;
  }
  return acks;
}

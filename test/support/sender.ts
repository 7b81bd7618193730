import { Reader } from "../../protocol/bytes/reader.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import type { FlowEvent } from "../../protocol/flow/events.ts";
import type { OutgoingMessage, SendOptions } from "../../protocol/flow/outgoing-message.ts";
import type { SendFlow } from "../../protocol/flow/send-flow.ts";
import type { SendFlowOptions } from "../../protocol/flow/send-flow-options.ts";
import { type AckSummary, SendFlows } from "../../protocol/flow/send-flows.ts";
import { ChunkType, readChunk } from "../../protocol/wire/chunk.ts";
import {
  readNextUserData,
  readUserData,
  type UserData,
} from "../../protocol/wire/chunks/user-data.ts";
import type { Compat } from "../../protocol/wire/compat.ts";
import { utf8 } from "./bytes.ts";

/** A chunk of a packet; `isNext`: it went as Next User Data. */
export interface SentChunk extends UserData {
  readonly isNext: boolean;
}

/** The sending half of a session whose far end is the test. */
export class Sender {
  readonly flows: SendFlows;
  readonly events: FlowEvent[] = [];
  now = 0;
  wakes = 0;

  /** `fragmentBytes` is what fits into a packet without options. */
  constructor(fragmentBytes = 1_000, compat?: Compat) {
    this.flows = new SendFlows({
      compat,
      emit: (event) => this.events.push(event),
      fragmentBytes: (optionsLength) => fragmentBytes - optionsLength,
      wake: () => {
        this.wakes += 1;
      },
    });
  }

  open(options: Partial<SendFlowOptions> = {}): SendFlow {
    return this.flows.open({ metadata: utf8("m"), ...options });
  }

  send(flow: SendFlow, text: string, options: SendOptions = {}): OutgoingMessage {
    return flow.send(utf8(text), options, this.now);
  }

  /** The next packet's chunks; none if there is nothing to send. */
  packet(room = 1_200, windowBytes: number = Number.POSITIVE_INFINITY): SentChunk[] {
    const writer = new Writer(256, room);
    const gate = { maySend: (outstanding: number) => outstanding < windowBytes };
    this.flows.writeUserData(writer, gate, this.now);
    return readDataPacket(writer.finish());
  }

  /** Packets until nothing is left to be sent. */
  packets(room?: number): SentChunk[][] {
    const packets: SentChunk[][] = [];
    for (let packet = this.packet(room); packet.length > 0; packet = this.packet(room)) {
      packets.push(packet);
    }
    return packets;
  }

  /** One packet that acknowledges `numbers`, such as "0-30 32 34-35". */
  acknowledge(flow: SendFlow, numbers: string, bufferBytes = 1e6): AckSummary | undefined {
    const [first, ...ranges] = numbers.split(" ").map(parseRange);
    const cumulative = first?.to ?? 0;
    this.flows.acknowledge({ flowId: flow.id, bufferBytes, cumulative, ranges }, this.now);
    return this.flows.endPacket();
  }

  /** Lets time pass; answers the Buffer Probes that were due. */
  advance(ms: number): number {
    this.now += ms;
    let probes = 0;
    this.flows.advance(this.now, () => {
      probes += 1;
    });
    return probes;
  }

  outcomes(): readonly (readonly [text: string, isDelivered: boolean])[] {
    return this.#outcomes;
  }

  readonly #outcomes: (readonly [string, boolean])[] = [];

  /** Sends, and has the outcome noted when the driver would tell it. */
  sendNoted(flow: SendFlow, text: string, options: SendOptions = {}): OutgoingMessage {
    const message = this.send(flow, text, options);
    message.onOutcome = (isDelivered) => this.#outcomes.push([text, isDelivered]);
    return message;
  }

  tellOutcomes(): void {
    for (const event of this.events.splice(0)) {
      if (event.type !== "outcome") continue;
      event.message.onOutcome?.(event.message.state === "DELIVERED");
    }
  }
}

/** All User Data of a packet, Next User Data with the numbers that follow from the one before. */
export function readDataPacket(packet: Uint8Array): SentChunk[] {
  const reader = new Reader(packet);
  const chunks: SentChunk[] = [];
  for (let chunk = readChunk(packet, reader); chunk; chunk = readChunk(packet, reader)) {
    const previous = chunks.at(-1);
    if (chunk.type === ChunkType.userData) {
      chunks.push({ ...readUserData(chunk.payload), isNext: false });
    } else if (chunk.type === ChunkType.nextUserData && previous) {
      const { flowId, forwardSequenceNumber } = previous;
      const sequenceNumber = previous.sequenceNumber + 1;
      const body = readNextUserData(chunk.payload);
      chunks.push({ flowId, sequenceNumber, forwardSequenceNumber, ...body, isNext: true });
    }
  }
  return chunks;
}

/** As the RFC's figures write it: "45 fsn 30", with ABN and FIN before it. */
export function inShort(chunk: SentChunk): string {
  const flags = `${chunk.abandoned ? "ABN " : ""}${chunk.final ? "FIN " : ""}`;
  return `${flags}${chunk.sequenceNumber} fsn ${chunk.forwardSequenceNumber}`;
}

function parseRange(text: string): { from: number; to: number } {
  const [from = 0, to = from] = text.split("-").map(Number);
  return { from, to };
}

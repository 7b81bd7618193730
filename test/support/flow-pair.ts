import assert from "node:assert/strict";
import { Reader } from "../../protocol/bytes/reader.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import type { ReceiveOrder } from "../../protocol/flow/accept-options.ts";
import type { OutgoingMessage, SendOptions } from "../../protocol/flow/outgoing-message.ts";
import type { SendFlow } from "../../protocol/flow/send-flow.ts";
import { ChunkType, readChunk } from "../../protocol/wire/chunk.ts";
import { readAckBitmap, readAckRanges } from "../../protocol/wire/chunks/acknowledgement.ts";
import { readFlowException } from "../../protocol/wire/chunks/flow-exception.ts";
import { Receiver } from "./receiver.ts";
import { readDataPacket, Sender } from "./sender.ts";

interface Noted {
  readonly text: string;
  readonly message: OutgoingMessage;
  readonly parent: OutgoingMessage | undefined;
  outcome: boolean | undefined;
}

/** One flow between its two ends, with the packets that are under way in each direction. */
export class FlowPair {
  readonly sender: Sender = new Sender(40);
  readonly receiver: Receiver = new Receiver();
  readonly flow: SendFlow = this.sender.open();
  readonly sent: Noted[] = [];
  /** Packets with user data; and packets with acknowledgements. */
  readonly there: Uint8Array[] = [];
  readonly back: Uint8Array[] = [];
  probes = 0;
  /** Messages may have been delivered ahead of their turn. */
  wasInNetworkOrder = false;

  constructor() {
    this.receiver.onFlow = (flow) => flow.accept({ bufferBytes: 2_048 });
  }

  send(length: number, options: SendOptions): void {
    if (this.flow.state !== "OPEN") return;
    const text = `${this.sent.length} ${"x".repeat(length)}`;
    const message = this.sender.send(this.flow, text, options);
    const noted: Noted = { text, message, parent: options.parent, outcome: undefined };
    message.onOutcome = (isDelivered) => {
      assert.equal(noted.outcome, undefined, "one outcome a message");
      noted.outcome = isDelivered;
    };
    this.sent.push(noted);
  }

  setOrder(order: ReceiveOrder): void {
    const [flow] = this.receiver.opened;
    flow?.setOrder(order);
    if (flow && order === "network") this.wasInNetworkOrder = true;
  }

  /** The sender puts one packet on its way, if it has one. */
  transmit(windowBytes: number = Number.POSITIVE_INFINITY): boolean {
    const writer = new Writer(128, 100);
    const gate = { maySend: (outstanding: number) => outstanding < windowBytes };
    this.sender.flows.writeUserData(writer, gate, this.sender.now);
    if (writer.length > 0) this.there.push(writer.finish());
    return writer.length > 0;
  }

  /** The receiver puts its acknowledgements on their way, if it has any. */
  answer(): boolean {
    const writer = new Writer(128, 100);
    this.receiver.flows.writeAcknowledgements(writer);
    if (writer.length > 0) this.back.push(writer.finish());
    return writer.length > 0;
  }

  arriveThere(packet: Uint8Array): void {
    this.receiver.receive(...readDataPacket(packet));
  }

  arriveBack(packet: Uint8Array): void {
    const { flows, now } = this.sender;
    const reader = new Reader(packet);
    for (let chunk = readChunk(packet, reader); chunk; chunk = readChunk(packet, reader)) {
      const { type, payload } = chunk;
      if (type === ChunkType.flowException) {
        const { flowId, exceptionCode } = readFlowException(payload);
        flows.except(flowId, exceptionCode);
      } else {
        const isBitmap = type === ChunkType.ackBitmap;
        flows.acknowledge(isBitmap ? readAckBitmap(payload) : readAckRanges(payload), now);
      }
    }
    flows.endPacket();
    this.sender.tellOutcomes();
  }

  pass(ms: number): void {
    const probes = this.sender.advance(ms);
    this.receiver.advance(ms);
    if (probes > 0 && this.receiver.opened.length > 0) this.receiver.flows.probe(this.flow.id);
    this.probes += probes;
    this.sender.tellOutcomes();
  }

  /** From now on the network loses nothing: everything that can happen does. */
  settle(): void {
    for (const flow of this.receiver.opened) flow.resume();
    for (let round = 0; round < 2_000; round += 1) {
      let isBusy = this.transmit();
      for (const packet of this.there.splice(0)) this.arriveThere(packet);
      isBusy = this.answer() || isBusy || this.back.length > 0;
      for (const packet of this.back.splice(0)) this.arriveBack(packet);
      if (isBusy) continue;
      const isLost = this.sender.flows.loseAll();
      this.pass(1_000);
      if (!isLost && this.flow.queuedBytes === 0) return;
    }
    assert.fail("the flow does not come to rest");
  }
}

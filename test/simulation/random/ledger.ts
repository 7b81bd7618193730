import assert from "node:assert/strict";
import type { OutgoingMessage, SendOptions } from "../../../protocol/flow/outgoing-message.ts";
import type { RecvFlow } from "../../../protocol/flow/recv-flow.ts";
import type { SendFlow } from "../../../protocol/flow/send-flow.ts";
import { DATAGRAM_BYTES } from "../../../protocol/params.ts";
import type { Session } from "../../../protocol/session/session.ts";
import type { Reception } from "./plan.ts";

export interface SentMessage {
  readonly text: string;
  readonly message: OutgoingMessage;
  /** Nothing but the end of its flow may keep it from arriving. */
  isReliable: boolean;
  outcome: boolean | undefined;
}

/** A flow as its sender knows it. */
export interface SentFlow {
  readonly name: string;
  readonly session: Session;
  readonly flow: SendFlow;
  readonly reception: Reception;
  readonly messages: SentMessage[];
  wasRejected: boolean;
  /** In flight when it was looked at last, bytes. */
  outstandingBytes: number;
}

/** A flow as its receiver knows it. */
export interface ReceivedFlow {
  readonly session: Session;
  readonly flow: RecvFlow;
  readonly sent: SentFlow;
  readonly arrived: Set<number>;
  /** In sequence order all the time. */
  isOrdered: boolean;
  hasEnded: boolean;
  /** Ended before its time. The sender may not hear of it before it sends more. */
  isCutOff: boolean;
}

/** All that was sent and all that arrived: refuses what arrives twice, out of order or changed. */
export class Ledger {
  readonly sent: Map<string, SentFlow> = new Map();
  readonly received: Map<RecvFlow, ReceivedFlow> = new Map();

  /** The metadata of the next flow. */
  metadata(reception: Reception): Uint8Array {
    return new TextEncoder().encode(JSON.stringify([this.#nextName, reception]));
  }

  open(session: Session, flow: SendFlow, reception: Reception): SentFlow {
    const name = this.#nextName;
    const nothingYet = { messages: [], wasRejected: false, outstandingBytes: 0 };
    const sent = { name, session, flow, reception, ...nothingYet };
    this.sent.set(name, sent);
    return sent;
  }

  /** Sends the next message of a flow. */
  send(sent: SentFlow, length: number, options: SendOptions, now: number): SentMessage {
    const text = `${sent.name} ${sent.messages.length} ${"x".repeat(length)}`;
    const message = sent.flow.send(new TextEncoder().encode(text), options, now);
    const { deadlineMs, startByMs, maxTransmissions, parent } = options;
    const isReliable = [deadlineMs, startByMs, maxTransmissions, parent].every((it) => !it);
    const noted: SentMessage = { text, message, isReliable, outcome: undefined };
    message.onOutcome = (isDelivered) => {
      assert.equal(noted.outcome, undefined, `a second outcome of ${text.slice(0, 20)}`);
      noted.outcome = isDelivered;
    };
    sent.messages.push(noted);
    return noted;
  }

  reject(flow: SendFlow): void {
    for (const sent of this.sent.values()) if (sent.flow === flow) sent.wasRejected = true;
  }

  /** §3.6.2.9: no flow sends on when its receiver is full, but what fills the window may overshoot it. */
  checkWindows(): void {
    for (const sent of this.sent.values()) {
      const { outstandingBytes, farWindowBytes } = sent.flow;
      if (outstandingBytes > sent.outstandingBytes && !sent.wasRejected) {
        const most = farWindowBytes + DATAGRAM_BYTES;
        const what = `${sent.name}: ${outstandingBytes} bytes in flight`;
        assert.ok(outstandingBytes < most, `${what} to a receiver with room for ${farWindowBytes}`);
      }
      sent.outstandingBytes = outstandingBytes;
    }
  }

  /** Answers how the flow is to be received. */
  arriveFlow(flow: RecvFlow, session: Session): Reception {
    const [name] = JSON.parse(new TextDecoder().decode(flow.metadata)) as [string];
    const sent = this.sent.get(name);
    assert.ok(sent, `nobody opened ${name}`);
    for (const other of this.received.values()) assert.notEqual(other.sent, sent, `${name} twice`);
    const arrived = new Set<number>();
    const isOrdered = sent.reception.order === "sequence";
    const ends = { hasEnded: false, isCutOff: false };
    this.received.set(flow, { session, flow, sent, arrived, isOrdered, ...ends });
    return sent.reception;
  }

  arrive(flow: RecvFlow, bytes: Uint8Array, afterGap: boolean): void {
    const received = this.received.get(flow);
    assert.ok(received, "a message of an unknown flow");
    const text = new TextDecoder().decode(bytes);
    const [, number] = text.split(" ");
    const index = Number(number);
    const what = `message ${index} of flow ${received.sent.name}`;
    assert.equal(text, received.sent.messages[index]?.text, `${what} is not what was sent`);
    assert.ok(!received.hasEnded, `${what} after the end of its flow`);
    assert.ok(!received.arrived.has(index), `${what} arrived twice`);
    const next = Math.max(-1, ...received.arrived) + 1;
    if (received.isOrdered) {
      assert.ok(index >= next, `${what} arrived out of order`);
      assert.equal(afterGap, index > next, `${what}: its gap flag`);
    }
    received.arrived.add(index);
  }

  end(flow: RecvFlow, isComplete: boolean): void {
    const received = this.received.get(flow);
    assert.ok(received && !received.hasEnded, "a flow ended twice");
    received.hasEnded = true;
    received.isCutOff = !isComplete;
  }

  get #nextName(): string {
    return `f${this.sent.size}`;
  }
}

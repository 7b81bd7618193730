import assert from "node:assert/strict";
import { Writer } from "../../protocol/bytes/writer.ts";
import type { Fragment } from "../../protocol/flow/fragment.ts";
import type { OutgoingMessage, SendOptions } from "../../protocol/flow/outgoing-message.ts";
import type { SendFlow } from "../../protocol/flow/send-flow.ts";
import { INITIAL_WINDOW_BYTES } from "../../protocol/params.ts";
import { Sender } from "./sender.ts";

/** A message, and what the far end has said of it. */
interface Told {
  readonly flow: SendFlow;
  readonly text: string;
  readonly message: OutgoingMessage;
  readonly parent: OutgoingMessage | undefined;
  /** What went out, by sequence number. */
  readonly parts: Map<number, string>;
  acknowledgedBytes: number;
  outcome: boolean | undefined;
}

/** A fragment that went out, with its first data. */
interface Sent {
  readonly told: Told | undefined;
  readonly length: number;
  isAcknowledged: boolean;
}

/** What is known of a flow by what was sent and said. */
interface Known {
  windowBytes: number;
  highestSent: number;
  /** The receiver was told to skip all up to here. */
  forward: number;
  isExcepted: boolean;
}

/** The sending flows of a session whose far end says whatever it likes, and the count of all that. */
export class LiedSender {
  readonly sender: Sender = new Sender(40);
  readonly flows: readonly SendFlow[] = [3, 3, 6].map((priority) => this.sender.open({ priority }));
  readonly messages: Told[] = [];
  readonly known: Map<SendFlow, Known> = new Map();
  readonly #rejected = new Set<SendFlow>();
  readonly #sent = new Map<Fragment, Sent>();

  constructor() {
    for (const flow of this.flows) {
      const windowBytes = INITIAL_WINDOW_BYTES;
      this.known.set(flow, { windowBytes, highestSent: 0, forward: 0, isExcepted: false });
      const markSent = flow.markSent.bind(flow);
      flow.markSent = (fragment, size) => {
        this.#onSent(fragment);
        markSent(fragment, size);
      };
    }
  }

  send(at: number, length: number, options: SendOptions): void {
    const flow = this.flows[at];
    if (flow?.state !== "OPEN") return;
    const text = `${this.messages.length} `.padEnd(length, "x");
    const message = this.sender.send(flow, text, options);
    const { parent } = options;
    const parts = new Map<number, string>();
    const told: Told = {
      flow,
      text,
      message,
      parent,
      parts,
      acknowledgedBytes: 0,
      outcome: undefined,
    };
    message.onOutcome = (isDelivered) => {
      assert.equal(told.outcome, undefined, "one outcome a message");
      told.outcome = isDelivered;
    };
    this.messages.push(told);
  }

  /** One packet. Answers whether there was anything to send. */
  transmit(windowBytes: number = Number.POSITIVE_INFINITY): boolean {
    const writer = new Writer(128, 100);
    const gate = { maySend: (outstanding: number) => outstanding < windowBytes };
    const written = this.sender.flows.writeUserData(writer, gate, this.sender.now);
    if (written === "nothing" && windowBytes === Number.POSITIVE_INFINITY) this.#checkIdle();
    return written !== "nothing";
  }

  /** `gaps`: by turns how many numbers are left out and how many more are acknowledged. */
  acknowledge(at: number, cumulative: number, gaps: readonly number[], bufferBytes: number): void {
    const ranges: { from: number; to: number }[] = [];
    for (let index = 0, cursor = cumulative; index + 1 < gaps.length; index += 2) {
      const from = cursor + 2 + (gaps[index] ?? 0);
      const to = from + (gaps[index + 1] ?? 0);
      ranges.push({ from, to });
      cursor = to;
    }
    const flow = this.flows[at];
    const ack = { flowId: flow?.id ?? NO_FLOW, bufferBytes, cumulative, ranges };
    if (flow && flow.state !== "CLOSED") {
      this.#of(flow).windowBytes = bufferBytes;
      for (const { from, to } of [{ from: 0, to: cumulative }, ...ranges]) {
        this.#noteAcknowledged(flow, from, to);
      }
    }
    this.sender.flows.acknowledge(ack, this.sender.now);
  }

  endPacket(): void {
    this.sender.flows.endPacket();
  }

  except(at: number): void {
    const flow = this.flows[at];
    if (flow) this.#of(flow).isExcepted = true;
    this.sender.flows.except(flow?.id ?? NO_FLOW, 1);
  }

  /** The far end begins to tell the truth: it gets all that is sent, and has room for more. */
  settle(): void {
    const { flows } = this.sender;
    for (let round = 0; round < 500; round += 1) {
      let isBusy = this.transmit();
      const isLost = !isBusy && flows.loseAll();
      const probes = isBusy ? 0 : this.sender.advance(1_000);
      isBusy = isBusy || isLost || probes > 0;
      if (isBusy) this.#acknowledgeAll();
      this.sender.tellOutcomes();
      const isDone = this.flows.every(
        ({ state, queuedBytes }) => state !== "CLOSING" && !queuedBytes,
      );
      if (isDone && !isBusy) return;
    }
    assert.fail("the flows do not come to rest");
  }

  check(): void {
    for (const event of this.sender.events) {
      if (event.type !== "flow-rejected") continue;
      assert.ok(!this.#rejected.has(event.flow), "rejected twice");
      this.#rejected.add(event.flow);
    }
    this.sender.tellOutcomes();
    for (const told of this.messages) checkMessage(told);
    const inFlight = [...this.#sent.keys()].filter(({ isInFlight }) => isInFlight);
    assert.equal(this.sender.flows.outstandingBytes, bytesOf(inFlight), "bytes in flight");
    for (const flow of this.flows) {
      const queued = this.messages.filter((told) => told.flow === flow && isQueued(told));
      const left = queued.reduce((sum, told) => sum + told.text.length - told.acknowledgedBytes, 0);
      assert.equal(flow.queuedBytes, left, "bytes queued");
      assert.ok(left === 0 || !this.#rejected.has(flow), "queued for nobody");
    }
  }

  /** Nothing is left to be sent, unless the far end has no room. */
  #checkIdle(): void {
    for (const { flow, text, message, acknowledgedBytes } of this.messages.filter(isQueued)) {
      const inFlight = this.#inFlight(flow);
      const own = inFlight.filter((fragment) => fragment.message === message);
      const length = own.reduce((sum, { data }) => sum + data.length, acknowledgedBytes);
      const isFull = bytesOf(inFlight) >= this.#of(flow).windowBytes;
      assert.ok(isFull || length === text.length, `not sent: ${text}`);
    }
  }

  #inFlight(flow: SendFlow): Fragment[] {
    return [...this.#sent.keys()].filter((sent) => sent.flow === flow && sent.isInFlight);
  }

  #acknowledgeAll(): void {
    for (const [at, flow] of this.flows.entries()) {
      this.acknowledge(at, this.#of(flow).highestSent, [], 150);
    }
    this.endPacket();
  }

  #of(flow: SendFlow): Known {
    const known = this.known.get(flow);
    assert.ok(known);
    return known;
  }

  #noteAcknowledged(flow: SendFlow, from: number, to: number): void {
    for (const [fragment, sent] of this.#sent) {
      const { sequenceNumber } = fragment;
      if (fragment.flow !== flow || sequenceNumber < from || sequenceNumber > to) continue;
      if (sent.told && !sent.isAcknowledged) sent.told.acknowledgedBytes += sent.length;
      sent.isAcknowledged = true;
    }
  }

  #onSent(fragment: Fragment): void {
    const { flow, sequenceNumber, data } = fragment;
    const known = this.#of(flow);
    const before = this.#sent.get(fragment);
    const outstanding = bytesOf(this.#inFlight(flow));
    assert.ok(known.isExcepted || outstanding < known.windowBytes, "sent into a full window");
    assert.ok(!before?.isAcknowledged, "sent again although acknowledged");
    assert.ok(!fragment.isInFlight, "sent while in flight");
    assert.ok(fragment.isAbandoned || sequenceNumber > known.forward, "sent after it was given up");
    const { forwardSequenceNumber } = flow.chunkOf(fragment, false);
    assert.ok(forwardSequenceNumber <= sequenceNumber);
    for (const [other, { told, isAcknowledged }] of this.#sent) {
      const isWanted = other.flow === flow && told && isQueued(told) && !isAcknowledged;
      if (isWanted) assert.ok(other.sequenceNumber > forwardSequenceNumber, "given up too early");
    }
    known.forward = Math.max(known.forward, forwardSequenceNumber);
    known.highestSent = Math.max(known.highestSent, sequenceNumber);
    if (before) return;
    const told = this.messages.find(({ message }) => message === fragment.message);
    told?.parts.set(sequenceNumber, new TextDecoder().decode(data));
    this.#sent.set(fragment, { told, length: data.length, isAcknowledged: false });
  }
}

/** Delivered is what was sent and acknowledged to its end, and nothing else. */
function checkMessage({ text, message, parent, parts, acknowledgedBytes, outcome }: Told): void {
  const isAcknowledged = acknowledgedBytes === text.length;
  if (message.state === "DELIVERED") {
    assert.ok(isAcknowledged, `delivered, but not acknowledged: ${text}`);
    const inOrder = [...parts].sort(([one], [other]) => one - other);
    assert.equal(inOrder.map(([, part]) => part).join(""), text);
  } else if (message.state === "QUEUED") {
    assert.ok(!isAcknowledged, `acknowledged, but not delivered: ${text}`);
    assert.ok(!parent?.isLost, `worthless without its parent: ${text}`);
  }
  const expected = message.state === "QUEUED" ? undefined : message.state === "DELIVERED";
  assert.equal(outcome, expected, `outcome of ${text}`);
}

function isQueued({ message }: Told): boolean {
  return message.state === "QUEUED";
}

function bytesOf(fragments: readonly Fragment[]): number {
  return fragments.reduce((sum, { transmitSize }) => sum + transmitSize, 0);
}

const NO_FLOW = 99;

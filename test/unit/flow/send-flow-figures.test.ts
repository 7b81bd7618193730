import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutgoingMessage } from "../../../protocol/flow/outgoing-message.ts";
import { inShort, Sender } from "../../support/sender.ts";

/** One flow of messages that take one packet each. */
class OneFlow {
  readonly #sender = new Sender();
  readonly #flow = this.#sender.open();
  readonly #messages: OutgoingMessage[] = [];

  /** Sends message after message; answers what the last packet held. */
  sendThrough(number: number): string {
    let packet = "";
    while (this.#messages.length < number) {
      this.#messages.push(this.#sender.send(this.#flow, "message"));
      packet = this.packet();
    }
    return packet;
  }

  packet(): string {
    return this.#sender.packet().map(inShort).join(", ");
  }

  abandon(number: number): void {
    this.#messages[number - 1]?.abandon();
  }

  /** What an acknowledgement tells about the packets before it. */
  ack(numbers: string): "fine" | "naks" | "loss" {
    const summary = this.#sender.acknowledge(this.#flow, numbers);
    if (summary?.anyLoss) return "loss";
    return summary?.anyNaks ? "naks" : "fine";
  }

  get isIdle(): boolean {
    return this.#flow.queuedBytes === 0 && this.#sender.flows.outstandingBytes === 0;
  }
}

test("§3.6.2.8 Figure 20: normal flow with no loss", () => {
  const flow = new OneFlow();
  flow.sendThrough(24);
  flow.ack("0-16");
  assert.equal(flow.sendThrough(25), "25 fsn 16");
  assert.equal(flow.sendThrough(26), "26 fsn 16");
  flow.ack("0-18");
  assert.equal(flow.sendThrough(27), "27 fsn 18");
  assert.equal(flow.sendThrough(28), "28 fsn 18");
});

test("§3.6.2.8 Figure 21: flow with loss", () => {
  const flow = new OneFlow();
  flow.sendThrough(44);
  flow.ack("0-30"); // line 1
  assert.equal(flow.sendThrough(45), "45 fsn 30");
  assert.equal(flow.ack("0-30 32"), "naks");
  assert.equal(flow.sendThrough(46), "46 fsn 30");
  assert.equal(flow.ack("0-30 32 34"), "naks");
  assert.equal(flow.ack("0-30 32 34-35"), "loss");
  flow.abandon(31);
  assert.equal(flow.sendThrough(47), "47 fsn 32"); // line 7
  assert.equal(flow.ack("0-30 32 34-36"), "loss");
  assert.equal(flow.packet(), "33 fsn 32"); // line 9
  flow.ack("0-30 32 34-37");
  assert.equal(flow.sendThrough(48), "48 fsn 32");
  assert.equal(flow.sendThrough(60), "60 fsn 32"); // line 12
  assert.equal(flow.ack("0-30 32 34-46"), "fine");
  assert.equal(flow.sendThrough(61), "61 fsn 32");
  assert.equal(flow.ack("0-32 34-47"), "fine");
  assert.equal(flow.sendThrough(62), "62 fsn 32");
  assert.equal(flow.ack("0-47"), "fine"); // line 17
  assert.equal(flow.sendThrough(63), "63 fsn 47");
  flow.ack("0-49");
  assert.equal(flow.sendThrough(64), "64 fsn 49");
  assert.equal(flow.ack("0-59"), "fine");
  assert.equal(flow.ack("0-59 61"), "naks"); // line 22
  assert.equal(flow.ack("0-59 61-62"), "naks");
  assert.equal(flow.ack("0-59 61-63"), "loss");
  flow.abandon(60);
  assert.equal(flow.packet(), "ABN 60 fsn 60"); // line 25
  flow.ack("0-59 61-64");
  assert.equal(flow.packet(), "");
  flow.ack("0-64");
  assert.equal(flow.packet(), "");
  assert.ok(flow.isIdle);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import type { SendOptions } from "../../../protocol/flow/outgoing-message.ts";
import type { SendFlow } from "../../../protocol/flow/send-flow.ts";
import { cpuTimeMs } from "../../support/cpu-time.ts";
import { Sender } from "../../support/sender.ts";

const DATA = new Uint8Array(10);
const OPEN = 2 ** 40;

/** A flow whose first message its far end never acknowledges. */
function stuckFlow(): { readonly sender: Sender; readonly flow: SendFlow } {
  const sender = new Sender();
  const flow = sender.open();
  flow.send(DATA, { deadlineMs: 1e9 }, 0);
  sender.packet();
  sender.acknowledge(flow, "0", OPEN);
  return { sender, flow };
}

/** Answers whether there was room. */
function trySend({ sender, flow }: ReturnType<typeof stuckFlow>, options: SendOptions): boolean {
  try {
    flow.send(DATA, options, sender.now);
    return true;
  } catch (error) {
    assert.ok(error instanceof RtmfpError && error.code === "LIMIT");
    return false;
  }
}

function assertQuick(act: () => void): void {
  const startedAt = cpuTimeMs();
  act();
  const elapsedMs = cpuTimeMs() - startedAt;
  assert.ok(elapsedMs < 1_000, `${elapsedMs} ms`);
}

test("a full queue is not gone through for each message that was abandoned, and yet lets go of them", () => {
  const stuck = stuckFlow();
  stuck.sender.acknowledge(stuck.flow, "0", 0);
  // Room for some hundred more.
  for (let count = 0; count < 64_180; count += 1) assert.ok(trySend(stuck, {}));
  let sent = 0;
  assertQuick(() => {
    for (let count = 0; count < 3_000; count += 1) {
      stuck.sender.advance(10);
      if (trySend(stuck, { deadlineMs: 1_000 })) sent += 1;
      stuck.sender.packet();
    }
  });
  assert.ok(sent >= 200, `${sent}: what has expired makes room in the end`);
});

test("§3.6.2.4 what was never sent costs an acknowledgement that claims it no more than once", () => {
  const { sender, flow } = stuckFlow();
  for (let round = 0; round < 60; round += 1) {
    sender.acknowledge(flow, "0", 0);
    for (let count = 0; count < 1_000; count += 1) flow.send(DATA, { startByMs: 5 }, sender.now);
    sender.advance(10);
    flow.send(DATA, {}, sender.now);
    sender.acknowledge(flow, "0", OPEN);
    sender.packet();
  }
  assertQuick(() => {
    for (let count = 0; count < 6_000; count += 1) sender.acknowledge(flow, "0 2-100000", OPEN);
  });
});

test("§3.6.2.3 whatever is acknowledged behind the head, what to send next is found at once", () => {
  const { sender, flow } = stuckFlow();
  for (let count = 0; count < 60_000; count += 1) flow.send(DATA, {}, 0);
  assert.equal(sender.packets(65_000).flat().at(-1)?.sequenceNumber, 60_001);
  for (let number = 2; number <= 60_001; number += 1) sender.acknowledge(flow, `0 ${number}`, OPEN);
  sender.flows.loseAll();
  assertQuick(() => {
    for (let count = 0; count < 5_000; count += 1) {
      assert.equal(sender.packet().at(0)?.sequenceNumber, 1);
      sender.flows.loseAll();
    }
  });
  sender.now = 1e9;
  assertQuick(() => {
    for (let count = 0; count < 5_000; count += 1) assert.ok(sender.flows.hasData(sender.now));
  });
  assert.ok(sender.packet().at(0)?.abandoned);
});

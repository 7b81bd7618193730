import assert from "node:assert/strict";
import { test } from "node:test";
import { Receiver } from "../../support/receiver.ts";

/** A receiver with an established flow, nothing left to acknowledge. */
function established(): Receiver {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  assert.equal(receiver.obligatory(), "0-1", "a new flow is acknowledged at once");
  return receiver;
}

test("§3.6.3.4.1 a packet in order waits 200 ms at most", () => {
  const receiver = established();
  receiver.receive({ sequenceNumber: 2 });
  assert.equal(receiver.obligatory(), "");
  assert.equal(receiver.flows.timeout, 200);
  receiver.advance(199);
  assert.equal(receiver.obligatory(), "");
  const { wakes } = receiver;
  receiver.advance(1);
  assert.ok(receiver.wakes > wakes);
  assert.equal(receiver.obligatory(), "0-2");
  assert.equal(receiver.flows.timeout, Number.POSITIVE_INFINITY);
});

test("§3.6.3.4.1 the delay counts from the first packet that waits", () => {
  const receiver = established();
  receiver.advance(1_000);
  receiver.receive({ sequenceNumber: 2 });
  assert.equal(receiver.flows.timeout, 1_200);
});

test("§3.6.3.4.1 every second packet is acknowledged at once", () => {
  const receiver = established();
  receiver.receive({ sequenceNumber: 2 }, { sequenceNumber: 3 });
  assert.equal(receiver.obligatory(), "");
  receiver.receive({ sequenceNumber: 4 });
  assert.equal(receiver.obligatory(), "0-4");
  receiver.receive({ sequenceNumber: 5 });
  assert.equal(receiver.obligatory(), "");
});

test("§3.6.3.4.1 a gap before or after a packet, a duplicate, an abandoned one, the end: at once", () => {
  const gap = established();
  gap.receive({ sequenceNumber: 3 });
  assert.equal(gap.obligatory(), "0-1 3");
  gap.receive({ sequenceNumber: 2 });
  assert.equal(gap.obligatory(), "0-3");

  const duplicate = established();
  duplicate.receive({ sequenceNumber: 1 });
  assert.equal(duplicate.obligatory(), "0-1");

  const abandoned = established();
  abandoned.receive({ sequenceNumber: 2, abandoned: true });
  assert.equal(abandoned.obligatory(), "0-2");

  const final = established();
  final.receive({ sequenceNumber: 2, final: true });
  assert.equal(final.obligatory(), "0-2");
  final.receive({ sequenceNumber: 2, final: true });
  assert.equal(final.obligatory(), "0-2");
});

test("§3.6.3.4.1 a buffer that is nearly full, or was when last acknowledged: at once", () => {
  const receiver = new Receiver();
  receiver.onFlow = (flow) => {
    flow.accept({ bufferBytes: 3_000 });
    flow.pause();
  };
  receiver.receive({ sequenceNumber: 1 });
  receiver.acks();
  receiver.receive({ sequenceNumber: 2, data: new Uint8Array(900) });
  assert.equal(receiver.obligatory(), "");
  receiver.acks();
  receiver.receive({ sequenceNumber: 3, data: new Uint8Array(900) });
  assert.equal(receiver.obligatory(), "0-3", "less than 1024 bytes are free");
  receiver.flow.resume();
  receiver.flow.pause();
  receiver.receive({ sequenceNumber: 4 });
  assert.equal(receiver.obligatory(), "0-4", "the last one told of fewer than 2 blocks");
});

test("§3.6.3.6 a Buffer Probe is answered at once, one for an unknown flow never", () => {
  const receiver = established();
  receiver.flows.probe(99);
  assert.equal(receiver.obligatory(), "");
  receiver.flows.probe(2);
  assert.equal(receiver.obligatory(), "0-1");
});

test("§3.6.3.4.6 an opportunity is taken, and then nothing waits any more", () => {
  const receiver = established();
  receiver.receive({ sequenceNumber: 2 });
  assert.equal(receiver.acks().length, 1);
  receiver.advance(1_000);
  assert.equal(receiver.obligatory(), "");
  receiver.receive({ sequenceNumber: 3 });
  assert.equal(receiver.obligatory(), "", "the count of packets began anew");
});

test("§3.6.3.4.5 all flows that wait are acknowledged together", () => {
  const receiver = new Receiver();
  receiver.receive({ flowId: 2 }, { flowId: 3 }, { flowId: 4 });
  assert.deepEqual(
    receiver.acks().map(({ flowId }) => flowId),
    [2, 3, 4],
  );
  receiver.receive({ flowId: 4, sequenceNumber: 2 });
  receiver.receive({ flowId: 3, sequenceNumber: 3 });
  assert.deepEqual(
    receiver.acks().map(({ flowId }) => flowId),
    [4, 3],
  );
});

test("§3.6.3.4.2 an acknowledgement that is not the first of its packet is not truncated", () => {
  const receiver = new Receiver();
  for (const flowId of [2, 3]) {
    receiver.receive({ flowId });
    for (let number = 3; number < 1_000; number += 300) {
      receiver.receive({ flowId, sequenceNumber: number });
    }
  }
  const [first, ...others] = receiver.acks(70);
  assert.deepEqual([first?.flowId, others], [2, []]);
  assert.ok(receiver.flows.mustAcknowledge, "the other one is still due");
  assert.deepEqual(
    receiver.acks().map(({ flowId }) => flowId),
    [3],
  );
  assert.equal(receiver.flows.mustAcknowledge, false);
});

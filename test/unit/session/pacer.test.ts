import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_ACKS_IN_ONE, MAX_BURST_PACKETS } from "../../../protocol/params.ts";
import { Pacer } from "../../../protocol/session/pacer.ts";

const PACKET = 1_200;

/** Sends as long as it may; answers the number of packets. */
function burst(pacer: Pacer, bytesPerMs: number | undefined, now: number): number {
  let packets = 0;
  for (; pacer.maySend(bytesPerMs, now); packets += 1) pacer.noteSent(PACKET);
  return packets;
}

test("§3.5.2.3 no more than six packets with data between acknowledgements or timeouts", () => {
  const pacer = new Pacer({ datagramBytes: PACKET });
  assert.equal(burst(pacer, undefined, 0), MAX_BURST_PACKETS);
  assert.equal(burst(pacer, undefined, 10_000), 0);
  assert.equal(pacer.timeout, Number.POSITIVE_INFINITY);
  pacer.noteAcknowledgement(0, false);
  assert.equal(burst(pacer, undefined, 10_000), MAX_BURST_PACKETS);
  pacer.reset();
  assert.equal(burst(pacer, undefined, 10_000), MAX_BURST_PACKETS);
});

test("§3.5.2.3 an acknowledgement of many packets allows as much as one for each two of them …", () => {
  const pacer = new Pacer({ datagramBytes: PACKET });
  burst(pacer, undefined, 0);
  pacer.noteAcknowledgement(12 * PACKET, false);
  assert.equal(burst(pacer, undefined, 0), 6 * MAX_BURST_PACKETS);
  pacer.noteAcknowledgement(2 * PACKET, false);
  assert.equal(burst(pacer, undefined, 0), MAX_BURST_PACKETS);
});

test("RFC 3465 §2.3 … but as eight of them at most, whatever a receiver acknowledges at once", () => {
  const pacer = new Pacer({ datagramBytes: PACKET });
  burst(pacer, undefined, 0);
  pacer.noteAcknowledgement(1_000 * PACKET, false);
  assert.equal(burst(pacer, undefined, 0), MAX_ACKS_IN_ONE * MAX_BURST_PACKETS);
});

test("§3.5.2.3 where the round trip is known, the allowance comes back with time alone", () => {
  const pacer = new Pacer({ datagramBytes: PACKET });
  assert.equal(burst(pacer, 600, 0), MAX_BURST_PACKETS);
  assert.equal(pacer.timeout, 2);
  pacer.noteAcknowledgement(0, true);
  assert.equal(burst(pacer, 600, 0), 0);
  assert.equal(burst(pacer, 600, 2), 1);
  assert.equal(burst(pacer, 600, 1_000), MAX_BURST_PACKETS);
});

test("§3.5.2.3 what was to come back with time is there when the round trip stops being known", () => {
  const pacer = new Pacer({ datagramBytes: PACKET });
  burst(pacer, 600, 0);
  pacer.noteAcknowledgement(6 * PACKET, true);
  assert.equal(burst(pacer, 600, 0), 0);
  assert.equal(burst(pacer, undefined, 0.6), MAX_BURST_PACKETS);
  assert.equal(burst(pacer, undefined, 0.9), 0, "once");
});

test("§3.5.2.3 … also if it was known for no longer than the last acknowledgement", () => {
  const pacer = new Pacer({ datagramBytes: PACKET });
  burst(pacer, undefined, 0);
  pacer.noteAcknowledgement(6 * PACKET, true);
  assert.equal(burst(pacer, undefined, 0), MAX_BURST_PACKETS);
});

test("§3.5.2.3 on average it sends at the rate it was told, however late its timer rings", () => {
  const pacer = new Pacer({ datagramBytes: PACKET });
  const first = burst(pacer, 6_000, 0);
  let packets = 0;
  for (let now = 0; now < 1_000; ) {
    now = pacer.timeout + 0.7;
    packets += burst(pacer, 6_000, now);
  }
  assert.equal(first, 10, "a fast path: what two rings of the timer carry");
  assert.ok(Math.abs(packets - 5_000) < 20, `${packets} packets`);
});

test("no alarm while nothing is held back", () => {
  const pacer = new Pacer({ datagramBytes: PACKET });
  assert.equal(pacer.timeout, Number.POSITIVE_INFINITY);
  burst(pacer, 600, 0);
  assert.ok(pacer.maySend(600, 100));
  assert.equal(pacer.timeout, Number.POSITIVE_INFINITY);
});

test("tells once whether it has held data back", () => {
  const pacer = new Pacer({ datagramBytes: PACKET });
  assert.ok(pacer.maySend(600, 0));
  assert.ok(!pacer.noteAcknowledgement(0, true));
  burst(pacer, 600, 0);
  assert.ok(pacer.noteAcknowledgement(0, true));
  assert.ok(!pacer.noteAcknowledgement(0, true));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProbePacer, ProbeSlot } from "../../../peer/traversal/probe-pacer.ts";

test("RFC 8445 §14.2 two attempts share one pace, and take turns", () => {
  const pacer = new ProbePacer(5);
  const slots = [new ProbeSlot(pacer), new ProbeSlot(pacer)];
  const sent: { readonly at: number; readonly who: number }[] = [];
  for (let now = 0; now < 1_000; now += 1) {
    slots.forEach((slot, who) => {
      if (slot.take(0, now)) sent.push({ at: now, who });
    });
  }
  assert.equal(sent.length, 200);
  for (const [index, { at, who }] of sent.entries()) {
    assert.equal(at, index * 5);
    assert.equal(who, index % 2);
  }
});

test("RFC 8445 §14.2 nothing leaves before it is due, and a slot not used is lost", () => {
  const pacer = new ProbePacer(5);
  const slot = new ProbeSlot(pacer);
  assert.equal(slot.take(10, 9), false);
  assert.equal(slot.timeout(10), 10);
  assert.equal(slot.take(10, 10), true);
  assert.equal(slot.take(10, 10), false);
  assert.equal(slot.timeout(10), 15);
  // The slot at 15 passes; by 100 another has just sent.
  assert.equal(pacer.reserve(100), 100);
  assert.equal(slot.take(10, 100), false);
  assert.equal(slot.take(10, 105), true);
});

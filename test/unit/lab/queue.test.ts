import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Event, EventQueue } from "../../lab/queue.ts";

/** Takes everything out in order. */
function drain(queue: EventQueue): Event[] {
  const events: Event[] = [];
  for (let event = queue.peek(); event; event = queue.peek()) {
    events.push(event);
    queue.cancel(event);
  }
  return events;
}

test("events of one instant come in the order in which they were scheduled", () => {
  const queue = new EventQueue();
  const events = Array.from({ length: 100 }, () => queue.event(() => {}));
  for (const event of events) queue.schedule(event, 5);
  assert.deepEqual(drain(queue), events);
});

test("an event that is scheduled again moves, and goes behind its new contemporaries", () => {
  const queue = new EventQueue();
  const [first, second] = [queue.event(() => {}), queue.event(() => {})];
  queue.schedule(first, 1);
  queue.schedule(second, 2);
  queue.schedule(first, 2);
  assert.deepEqual(drain(queue), [second, first]);
});

test("cancelling twice, or what was never scheduled, does nothing", () => {
  const queue = new EventQueue();
  const event = queue.event(() => {});
  queue.cancel(event);
  queue.schedule(event, 1);
  queue.cancel(event);
  queue.cancel(event);
  assert.equal(queue.peek(), undefined);
});

test("any schedule, move and cancel leaves the order of a sorted list", () => {
  const step = fc.record({ which: fc.nat(15), at: fc.option(fc.nat(9), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const queue = new EventQueue();
      const events = Array.from({ length: 16 }, () => queue.event(() => {}));
      let model: { event: Event; at: number }[] = [];
      for (const { which, at } of steps) {
        const event = events[which];
        assert.ok(event);
        model = model.filter((entry) => entry.event !== event);
        if (at === undefined) queue.cancel(event);
        else {
          queue.schedule(event, at);
          model.push({ event, at });
        }
      }
      const expected = model.sort((a, b) => a.at - b.at).map((entry) => entry.event);
      assert.deepEqual(drain(queue), expected);
    }),
  );
});

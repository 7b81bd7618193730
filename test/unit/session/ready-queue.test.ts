import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadyQueue } from "../../../protocol/session/ready-queue.ts";

/** Something to send of a priority, which may change. */
class Sender {
  isToRank = false;
  rank: number | undefined;
  readonly name: string;
  priority: number;

  constructor(name: string, priority: number) {
    this.name = name;
    this.priority = priority;
  }

  urgency(): number {
    return this.priority;
  }
}

function take(queue: ReadyQueue<Sender>, count: number, again = false): string {
  let names = "";
  for (let left = count; left > 0; left -= 1) {
    const sender = queue.take(0);
    names += sender?.name ?? "-";
    if (sender && again) queue.add(sender);
  }
  return names;
}

test("higher priority goes first, those of one take turns", () => {
  const queue = new ReadyQueue<Sender>();
  for (const [name, priority] of Object.entries({ a: 1, b: 5, c: 5, d: 7 })) {
    queue.add(new Sender(name, priority));
  }
  assert.equal(take(queue, 5), "dbca-");
  const [one, other] = [new Sender("x", 3), new Sender("y", 3)];
  queue.add(one);
  queue.add(other);
  assert.equal(take(queue, 4, true), "xyxy");
});

test("each is there once, however often it is added", () => {
  const queue = new ReadyQueue<Sender>();
  const [one, other] = [new Sender("x", 3), new Sender("y", 4)];
  for (let count = 0; count < 3; count += 1) {
    queue.add(one);
    queue.add(other);
  }
  assert.equal(take(queue, 3), "yx-");
});

test("one that has something more urgent by now moves up, and down again", () => {
  const queue = new ReadyQueue<Sender>();
  const [one, other, third] = [new Sender("x", 1), new Sender("y", 4), new Sender("z", 5)];
  for (const sender of [one, other, third]) queue.add(sender);
  assert.equal(take(queue, 1), "z");
  one.priority = 6;
  queue.add(one);
  assert.equal(take(queue, 1), "x");
  other.priority = 0;
  queue.add(other);
  queue.add(one);
  assert.equal(take(queue, 3), "xy-");
});

test("what is removed is not taken", () => {
  const queue = new ReadyQueue<Sender>();
  const [one, other] = [new Sender("x", 1), new Sender("y", 4)];
  queue.add(one);
  queue.remove(one);
  assert.equal(take(queue, 1), "-");
  queue.add(one);
  queue.add(other);
  assert.equal(take(queue, 1), "y");
  queue.add(other);
  queue.remove(one);
  assert.equal(take(queue, 2), "y-");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Receiver } from "../../support/receiver.ts";

test("§3.6.3.4.7 Figure 23: flow example with loss", () => {
  const receiver = new Receiver();
  const data = (sequenceNumber: number, forwardSequenceNumber: number): string => {
    receiver.receive({ sequenceNumber, forwardSequenceNumber });
    return receiver.obligatory();
  };
  for (let number = 1; number <= 28; number += 1) data(number, 0);
  receiver.acks();
  assert.equal(data(29, 18), "");
  assert.equal(data(30, 18), "0-30");
  assert.equal(data(32, 20), "0-30 32");
  assert.equal(data(34, 22), "0-30 32 34");
  for (let number = 35; number <= 45; number += 1) data(number, 30);
  assert.equal(data(46, 30), "0-30 32 34-46");
  assert.equal(data(47, 32), "0-32 34-47");
  assert.equal(data(33, 32), "0-47");
  assert.equal(data(48, 32), "");
  assert.equal(data(49, 32), "0-49");
  const numbers = Array.from({ length: 49 }, (_, index) => `${index + 1}`);
  assert.deepEqual(
    receiver.texts(),
    numbers.filter((number) => number !== "31").map((number) => (number === "32" ? "…32" : number)),
  );
});

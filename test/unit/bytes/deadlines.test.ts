import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines } from "../../../protocol/bytes/deadlines.ts";

test("nothing is due before its time, and then once", () => {
  const deadlines = new Deadlines<"ping" | "close">();
  assert.equal(deadlines.earliest, Number.POSITIVE_INFINITY);
  assert.equal(deadlines.takeDue("ping", 1e9), false);
  deadlines.set("ping", 100);
  assert.equal(deadlines.takeDue("ping", 99.9), false);
  assert.equal(deadlines.isSet("ping"), true);
  assert.equal(deadlines.takeDue("ping", 100), true);
  assert.equal(deadlines.takeDue("ping", 100), false);
  assert.equal(deadlines.isSet("ping"), false);
});

test("the earliest is the least of those that are set", () => {
  const deadlines = new Deadlines<"one" | "two" | "three">();
  deadlines.set("one", 30);
  deadlines.set("two", 10);
  deadlines.set("three", 20);
  assert.equal(deadlines.earliest, 10);
  deadlines.clear("two");
  assert.equal(deadlines.earliest, 20);
  deadlines.set("three", 40);
  assert.equal(deadlines.earliest, 30);
  deadlines.clearAll();
  assert.equal(deadlines.earliest, Number.POSITIVE_INFINITY);
});

test("set replaces, setBy only brings forward", () => {
  const deadlines = new Deadlines<"one">();
  deadlines.setBy("one", 50);
  assert.equal(deadlines.earliest, 50);
  deadlines.setBy("one", 60);
  assert.equal(deadlines.earliest, 50);
  deadlines.setBy("one", 40);
  assert.equal(deadlines.earliest, 40);
  deadlines.set("one", 70);
  assert.equal(deadlines.earliest, 70);
});

test("what is no time is not set: it would hide all others", () => {
  const deadlines = new Deadlines<"one">();
  assert.throws(() => deadlines.set("one", Number.NaN), /invariant/);
  assert.equal(deadlines.earliest, Number.POSITIVE_INFINITY);
});

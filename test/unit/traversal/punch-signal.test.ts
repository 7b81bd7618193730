import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodePunchSignal,
  encodePunchSignal,
  type PunchSignal,
} from "../../../peer/traversal/punch-signal.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { anySource, PLAIN } from "../../support/arbitraries.ts";
import { orMalformed } from "../../support/errors.ts";

const attempt = fc.nat(1_000_000);
const signals: fc.Arbitrary<PunchSignal> = fc.oneof(
  fc.record(
    {
      type: fc.constant("go" as const),
      attempt,
      isOpen: fc.boolean(),
      observed: fc.option(anySource, { nil: undefined }),
    },
    PLAIN,
  ),
  fc.record({ type: fc.constant("done" as const), attempt }, PLAIN),
  fc.record(
    { type: fc.constant("ack" as const), attempt, of: fc.constantFrom("go" as const, "done") },
    PLAIN,
  ),
);

test("a signal survives AMF and JSON", () => {
  fc.assert(
    fc.property(signals, (signal) => {
      const wire: unknown = JSON.parse(JSON.stringify(encodePunchSignal(signal)));
      assert.deepEqual(decodePunchSignal(wire), signal);
    }),
  );
});

test("anything a stranger sends is a signal or malformed", () => {
  const fields = ["type", "attempt", "open", "observed", "of"] as const;
  const words = fc.constantFrom("go", "done", "ack", true, 0, 1e9, -1, 0.5, "192.0.2.1:1");
  const strange = fc.oneof(
    fc.anything(),
    fc.dictionary(fc.constantFrom(...fields), fc.oneof(words, fc.anything())),
  );
  fc.assert(
    fc.property(strange, (value) => {
      const signal = orMalformed(() => decodePunchSignal(value));
      if (signal !== "malformed") decodePunchSignal(encodePunchSignal(signal));
    }),
  );
});

test("a signal lacks nothing: each field is needed, but for the address", () => {
  const whole = encodePunchSignal({ type: "go", attempt: 3, isOpen: true, observed: undefined });
  assert.deepEqual(Object.keys(whole), ["type", "attempt", "open"]);
  for (const field of Object.keys(whole)) {
    const { [field]: _, ...rest } = whole;
    assert.throws(() => decodePunchSignal(rest), MalformedError, field);
  }
  for (const strange of [
    { ...whole, attempt: 1_000_001 },
    { ...whole, attempt: 1.5 },
    { ...whole, open: "yes" },
    { ...whole, observed: "192.0.2.1" },
    { ...whole, observed: "192.0.2.1:0" },
    { type: "ack", attempt: 1, of: "ack" },
    { type: "stop", attempt: 1 },
  ]) {
    assert.throws(() => decodePunchSignal(strange), MalformedError, JSON.stringify(strange));
  }
});

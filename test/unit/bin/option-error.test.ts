import assert from "node:assert/strict";
import { test } from "node:test";
import { optionError } from "../../../bin/option-error.ts";

const table = {
  secret: { type: "string", help: "" },
  record: { type: "string", help: "" },
  "token-for": { type: "list", help: "" },
} as const;

test("a field's name becomes that of the option", () => {
  for (const [message, shown] of [
    ["secret: too short", "--secret: too short"],
    ["tokensFor: needs the secret", "--token-for: needs the secret"],
    ["record.directory: no folder: none", "--record: no folder: none"],
    ["graceMs: not an option here", "graceMs: not an option here"],
    ["without a field", "without a field"],
  ] as const) {
    const error = optionError(new RangeError(message), table);
    assert.deepEqual([(error as Error).name, (error as Error).message], ["UsageError", shown]);
  }
});

test("any other error stays what it is", () => {
  for (const error of [new TypeError("secret: x"), "secret: x", undefined]) {
    assert.equal(optionError(error, table), error);
  }
});

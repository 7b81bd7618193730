import assert from "node:assert/strict";
import { test } from "node:test";
import { closeInStages } from "../../../rendezvous/close-in-stages.ts";

test("what fails keeps nothing else from being closed, and is told in the end", async () => {
  const closed: string[] = [];
  const close = (name: string) => async (): Promise<void> => {
    await Promise.resolve();
    closed.push(name);
  };
  const failing = (why: string) => (): never => {
    throw new Error(why);
  };
  const late = (): Promise<never> => Promise.reject(new Error("late"));
  await assert.rejects(
    closeInStages([
      [close("first"), failing("early"), close("beside")],
      [late],
      [close("last"), () => void closed.push("void")],
    ]),
    /early/,
  );
  assert.deepEqual(closed, ["first", "beside", "void", "last"]);
  await closeInStages([[close("again")], []]);
});

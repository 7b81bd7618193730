import assert from "node:assert/strict";
import { test } from "node:test";
import { Callee, type Procedure } from "../../../peer/sessions/calls.ts";
import type { AmfValue } from "../../../protocol/amf/value.ts";
import { type Command, decodeCommand } from "../../../protocol/tc/command.ts";
import { NetConnection } from "../../../protocol/tc/net-connection.ts";

/** The end of a connection that answers calls, and what it answered. */
function line(procedures: Record<string, Procedure<string>>): {
  readonly answers: string[];
  call(name: string, transactionId?: number): void;
} {
  const answers: string[] = [];
  const turn = <Value>(change: (now: number) => Value): Value => change(0);
  const callee = new Callee(new Map(Object.entries(procedures)), turn, "ada");
  const net: NetConnection = new NetConnection(
    {
      send: (message) => {
        const { name, transactionId, args } = decodeCommand(message) as Command;
        const [value] = args;
        const said = (value as { description?: AmfValue })?.description ?? value;
        answers.push(`${name} ${transactionId} ${String(said)}`);
        return undefined;
      },
      synchronize: () => undefined,
      closeStream: () => undefined,
      close: () => undefined,
    },
    { onCommand: () => undefined, onMessage: () => undefined, onEnd: () => undefined },
  );
  const call = (name: string, transactionId = 1): void =>
    callee.onCommand(net, { name, transactionId, object: null, args: ["x"] }, 0);
  return { answers, call };
}

/** Lets everything that follows from settled promises happen. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("answers carry the transaction ID of their call, in the order in which they are there", async () => {
  let answer: (value: AmfValue) => void = () => undefined;
  const { answers, call } = line({
    quick: (caller, argument) => `${caller} ${String(argument)}`,
    slow: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  call("slow", 7);
  call("quick", 8);
  await settled();
  answer("done");
  await settled();
  call("none", 9);
  assert.deepEqual(answers, [
    "_result 8 ada x",
    "_result 7 done",
    "_error 9 there is no method none",
  ]);
});

test("a call that wants no answer runs, and gets none, whatever it does", async () => {
  let runs = 0;
  const { answers, call } = line({
    note: () => {
      runs += 1;
      return (() => 1) as never;
    },
    broken: () => {
      throw new Error("broken");
    },
  });
  call("note", 0);
  call("broken", 0);
  call("none", 0);
  await settled();
  assert.deepEqual([runs, answers], [1, []]);
});

test("of one far end 1024 calls run at once; the next is refused until one is answered", async () => {
  const finish: (() => void)[] = [];
  const { answers, call } = line({
    slow: () => new Promise((resolve) => finish.push(() => resolve("done"))),
  });
  for (let id = 1; id <= 1_025; id += 1) call("slow", id);
  assert.deepEqual(answers, ["_error 1025 too many calls are running"]);
  finish[0]?.();
  await settled();
  call("slow", 1_026);
  assert.equal(finish.length, 1_025);
  assert.deepEqual(answers.slice(1), ["_result 1 done"]);
});

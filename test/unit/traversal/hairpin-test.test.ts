import assert from "node:assert/strict";
import { test } from "node:test";
import { type HairpinAction, HairpinTest } from "../../../peer/traversal/hairpin-test.ts";
import { ProbePacer } from "../../../peer/traversal/probe-pacer.ts";

const SERVER = { ip: "198.51.100.1", port: 1_935 };
const outside = (socket: number) => ({ ip: "203.0.113.1", port: 4_000 + socket });

/** Runs a test whose questions are answered, or not; each crossing is told to `onCross`. */
function run(
  options: { answers?: boolean; sockets?: number },
  onCross: (machine: HairpinTest, crossings: number) => void = () => undefined,
): { readonly actions: HairpinAction[]; readonly endedAt: number } {
  const { answers = true, sockets = 2 } = options;
  const machine = new HairpinTest({ server: SERVER, pacer: new ProbePacer() });
  const actions: HairpinAction[] = [];
  let now = 0;
  let endedAt = 0;
  let crossings = 0;
  machine.start(0);
  for (; actions.at(-1)?.type !== "report"; now = Math.max(now, machine.timeout)) {
    endedAt = now;
    machine.advance(now);
    for (let action = machine.poll(); action; action = machine.poll()) {
      actions.push(action);
      if (action.type === "sockets") {
        const opened = Array.from({ length: sockets }, (_, index) => ({ id: index + 1 }));
        machine.onSockets(opened, now);
      } else if (action.type === "query" && answers) {
        machine.onAnswer(action.tag, outside(action.socket), SERVER, now + 20);
      } else if (action.type === "cross") {
        crossings += 1;
        onCross(machine, crossings);
      }
    }
  }
  assert.equal(machine.timeout, Number.POSITIVE_INFINITY);
  return { actions, endedAt };
}

const crossings = (actions: readonly HairpinAction[]): unknown[] =>
  actions.flatMap((action) => (action.type === "cross" ? [[action.socket, action.to.port]] : []));

test("RFC 4787 §6 each socket sends to the other's external address, three times, then it is known", () => {
  const { actions, endedAt } = run({});
  const round = [
    [1, 4_002],
    [2, 4_001],
  ];
  assert.deepEqual(crossings(actions), [...round, ...round, ...round]);
  assert.deepEqual(actions.at(-1), { type: "report", hairpin: false });
  assert.ok(endedAt < 1_000);
});

test("REQ-9 what arrives once, from whatever source, is hairpinning: filters need a second round", () => {
  const { actions } = run({}, (machine, count) => {
    if (count === 3) machine.onHeard();
  });
  assert.deepEqual(actions.at(-1), { type: "report", hairpin: true });
});

test("nobody answers, or there are no sockets: it is unknown, and sockets are given back", () => {
  const silent = run({ answers: false });
  assert.deepEqual(silent.actions.slice(-2), [
    { type: "release", sockets: [1, 2] },
    { type: "report", hairpin: undefined },
  ]);
  assert.deepEqual(crossings(silent.actions), []);
  const { actions } = run({ sockets: 1 });
  assert.deepEqual(actions.at(-1), { type: "report", hairpin: undefined });
});

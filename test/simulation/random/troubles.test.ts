import assert from "node:assert/strict";
import { test } from "node:test";
import { drawPlan, type Plan } from "./plan.ts";
import { runSeed, type Scene } from "./run.ts";

/** What plans may have, and what may come of it. */
const TROUBLES = [
  "loss of 35 to 40 %",
  "a fast clock",
  "a slow clock",
  "both dial at once",
  "a path that carries less in mid-transfer",
  "lost",
  "duplicated",
  "overtaken",
  "mtu-drop",
  "the delay jumps",
  "another address",
  "another port",
  "an end restarts",
  "a window closes",
  "a window opens again",
] as const;
type Trouble = (typeof TROUBLES)[number];

const SEEDS = 60;

test("all kinds of trouble are drawn, and come about", async (t) => {
  const counts = new Map<Trouble, number>();
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const seen = new Set(drawnIn(drawPlan(seed)));
    await runSeed(seed, (scene) => watch(scene, seen));
    for (const trouble of seen) counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
  }
  const told = TROUBLES.map((trouble) => `${trouble}: ${counts.get(trouble) ?? 0}`).join(", ");
  t.diagnostic(`of ${SEEDS} plans: ${told}`);
  for (const trouble of TROUBLES) assert.ok((counts.get(trouble) ?? 0) >= SEEDS / 30, told);
});

function drawnIn({ ends, steps, dialers, blackHole }: Plan): Trouble[] {
  const changes = steps.flatMap(({ act }) => (act.type === "line" ? [act.change] : []));
  const losses = [...ends.map(({ line }) => line), ...changes].map(({ loss = 0 }) => loss);
  assert.ok(Math.max(...losses) <= 0.4);
  const drawn: readonly (readonly [Trouble, boolean])[] = [
    ["loss of 35 to 40 %", losses.some((loss) => loss >= 0.35)],
    ["a fast clock", ends.some(({ clockRate }) => clockRate > 1.01)],
    ["a slow clock", ends.some(({ clockRate }) => clockRate < 0.99)],
    ["both dial at once", dialers.length === 2],
    ["a path that carries less in mid-transfer", blackHole !== undefined],
  ];
  return drawn.filter(([, isThere]) => isThere).map(([trouble]) => trouble);
}

/** Notes what comes about in all that both ends send. */
function watch({ lab, ends }: Scene, seen: Set<Trouble>): void {
  const note = (trouble: Trouble, isThere: boolean): void => {
    if (isThere) seen.add(trouble);
  };
  const stations = ends.map(({ station }) => station);
  const closedWindows = new Set<unknown>();
  const ips = new Set<string>();
  const ports = new Set<number>();
  const latest = new Map<string, number>();
  const delaysMs = ends.map(() => new Set<number>());
  lab.tap(({ fate, datagram: { index, from } }) => {
    if (fate === "lost" || fate === "duplicated" || fate === "mtu-drop") seen.add(fate);
    if (fate === "sent") {
      note("another address", ips.add(from.ip).size > ends.length);
      note("another port", ports.add(from.port).size > 1);
      note(
        "an end restarts",
        ends.some(({ station }, end) => station !== stations[end]),
      );
    }
    if (fate === "delivered") {
      note("overtaken", index < (latest.get(from.ip) ?? 0));
      latest.set(from.ip, index);
    }
    ends.forEach(({ host }, end) => {
      // The one that it begins with, and that of the good network at the end, are no jumps.
      note("the delay jumps", (delaysMs[end]?.add(host.up.conditions.delayMs).size ?? 0) > 2);
    });
    for (const { flow } of ends.flatMap(({ sentFlows }) => sentFlows)) {
      note("a window opens again", flow.farWindowBytes > 0 && closedWindows.has(flow));
      if (flow.farWindowBytes > 0) continue;
      seen.add("a window closes");
      closedWindows.add(flow);
    }
  });
}

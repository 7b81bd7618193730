/** The scenarios of examples/lab, and what their README says of them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Played, play } from "../../bin/lab/scenario/play.ts";
import { readScenario } from "../../bin/lab/scenario/read-scenario.ts";
import { repositoryRoot } from "../support/root.ts";

const folder = join(repositoryRoot, "examples/lab");

interface Story extends Played {
  readonly told: readonly { atMs: number; who: string; what: string; fields: object }[];
  /** The kinds of the paths that `who` went over, with whom it talked last. */
  paths(who: string): string[];
}

async function story(name: string, captured: readonly string[] = []): Promise<Story> {
  const scenario = readScenario(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
  const told: { atMs: number; who: string; what: string; fields: object }[] = [];
  const played = await play(scenario, captured, (atMs, who, what, fields) => {
    told.push({ atMs, who, what, fields });
  });
  for (const { sent, arrived, repeated, from } of played.talks) {
    assert.ok(sent > 50, from);
    assert.deepEqual([arrived, repeated], [sent, 0], from);
  }
  const paths = (who: string): string[] =>
    told.flatMap((one) =>
      one.who === who && one.what === "path" && "kind" in one.fields
        ? [String(one.fields.kind)]
        : [],
    );
  return { ...played, told, paths };
}

test("two-homes: over the relay at once, then direct", async () => {
  const { paths, talks } = await story("two-homes");
  assert.deepEqual(paths("ada"), ["relay", "direct"]);
  assert.deepEqual(paths("bob"), ["relay", "direct"]);
  for (const { gapMs } of talks) assert.ok(gapMs < 100, `${gapMs} ms`);
});

test("hard-nat: direct after some seconds, by chance", async () => {
  const { paths, talks } = await story("hard-nat");
  assert.deepEqual(paths("ada"), ["relay", "direct"]);
  for (const { gapMs } of talks) assert.ok(gapMs < 200, `${gapMs} ms`);
});

test("rebinding: they talk on through restarts and another address, and without the server", async () => {
  const { talks, told, paths } = await story("rebinding");
  assert.equal(paths("ada").at(-1), "direct");
  for (const event of ["disconnected", "reconnected"]) {
    assert.equal(told.filter(({ what }) => what === event).length, 2, event);
  }
  assert.ok(!told.some(({ what }) => what === "ended"));
  // The router is gone for a second and a half.
  for (const { gapMs } of talks) assert.ok(gapMs < 2_500, `${gapMs} ms`);
});

test("path-death: over the relay while the way is gone, direct again after", async () => {
  const { talks, paths } = await story("path-death");
  const [first, ...later] = paths("ada");
  assert.equal(first, "relay");
  assert.deepEqual([later[0], later[1], later.at(-1)], ["direct", "relay", "direct"]);
  for (const { gapMs } of talks) assert.ok(gapMs < 1_000, `${gapMs} ms`);
});

test("no-udp: TCP between the two where it gets through, else the relay", async () => {
  const { paths } = await story("no-udp");
  assert.deepEqual(paths("bob"), ["relay", "tcp"]);
  assert.deepEqual(paths("cleo"), ["relay"]);
});

test("the same seed tells the same story, with the same peers", async () => {
  const [one, again] = [await story("two-homes"), await story("two-homes")];
  assert.ok(one.told.some(({ fields }) => "peerId" in fields));
  assert.deepEqual(one.told, again.told);
});

test("the README explains every scenario, and names no other", () => {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const named = [...readme.matchAll(/lab run examples\/lab\/([\w-]+\.json)/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(new Set(named), new Set(files));
});

test("a captured host's packets are a pcapng file", async () => {
  const { captures } = await story("two-homes", ["ada"]);
  assert.deepEqual([...captures.keys()], ["ada"]);
  const bytes = captures.get("ada") ?? new Uint8Array();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const types: number[] = [];
  for (let at = 0; at < bytes.length; at += view.getUint32(at + 4)) {
    types.push(view.getUint32(at));
    const length = view.getUint32(at + 4);
    assert.equal(view.getUint32(at + length - 4), length);
  }
  assert.deepEqual(types.slice(0, 2), [0x0a0d0d0a, 1]);
  assert.ok(types.length > 200 && types.slice(2).every((type) => type === 6));
});

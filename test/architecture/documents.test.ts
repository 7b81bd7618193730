import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../support/root.ts";

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");
const readme = read("README.md");

test("every program in README is one of the examples, which the tests run", () => {
  const examples = readdirSync(join(repositoryRoot, "examples"))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => read(join("examples", name)));
  const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, program]) => program ?? "");
  assert.ok(programs.length >= 3);
  for (const program of programs) assert.ok(examples.includes(program), program);
});

test("README explains every error code", () => {
  const union = /RtmfpErrorCode =(.*?);/s.exec(read("protocol/errors.ts"))?.[1] ?? "";
  const codes = [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code ?? "");
  assert.ok(codes.length > 5 && codes.length <= 15, `${codes.length} codes`);
  for (const code of codes) assert.match(readme, new RegExp(`\\| .*\`${code}\``));
});

test("README names every command and every import of the package", () => {
  const commands = [...read("bin/rtmfp.ts").matchAll(/commands\/(\w+)\.ts/g)];
  assert.ok(commands.length >= 3);
  for (const [, command] of commands) {
    assert.ok(readme.includes(`| \`rtmfp ${command}\` |`), command);
  }
  const { exports } = JSON.parse(read("package.json")) as { exports: Record<string, string> };
  for (const path of Object.keys(exports)) {
    if (path === "./package.json") continue;
    assert.ok(readme.includes(`| \`${path.replace(".", "rtmfp")}\` |`), path);
  }
});

test("README names every event of --json", () => {
  const commands = readdirSync(join(repositoryRoot, "bin/commands"));
  const sources = commands.map((name) => read(join("bin/commands", name)));
  const events = sources.flatMap((source) =>
    [...source.matchAll(/\.event\(\s*"(\w+)"/g)].map(([, event = ""]) => event),
  );
  assert.ok(events.length > 20, `${events.length} events`);
  const table = readme.slice(readme.indexOf("| events |"));
  // People alone read that one.
  for (const event of new Set(events).add("error")) {
    if (event !== "asking") assert.ok(table.includes(`\`${event}\``), event);
  }
});

test("links in the documents lead somewhere", () => {
  for (const document of ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]) {
    for (const [, target = ""] of read(document).matchAll(/\]\(([^)]+)\)/g)) {
      if (!target.includes("://")) assert.ok(existsSync(join(repositoryRoot, target)), target);
    }
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { projectFiles, readProjectFile } from "./project.ts";

interface Ban {
  readonly what: string;
  /** Files that it concerns. */
  readonly files: RegExp;
  readonly pattern: RegExp;
  /** Lines that must be caught, with one word written in two halves, and lines that must not. */
  readonly caught: readonly string[];
  readonly fine: readonly string[];
}

/** Two halves of a word that this file must not contain in one. */
const join = (...halves: readonly string[]): string => halves.join("");

const bans: readonly Ban[] = [
  {
    what: "sort without a comparator compares numbers as text",
    files: /\.ts$/,
    pattern: /\.(?:sort|toSorted)\(\)/,
    caught: [join("list.sort", "()"), join("list.toSorted", "()")],
    fine: ["list.sort((a, b) => a - b)"],
  },
  {
    what: "unfinished work is done or told, not marked",
    files: /./,
    pattern: new RegExp(`\\b(?:${join("FIX", "ME")}|${join("TO", "DO")}|${join("X", "XX")})\\b`),
    caught: [`// ${join("TO", "DO")}: later`],
    fine: ["const todos = []"],
  },
  {
    what: "a test that is switched off proves nothing, and one alone switches off the others",
    files: /\.test\.ts$/,
    pattern:
      /\b(?:test|it|describe|suite)\.(?:only|skip|todo)\(|\{\s*(?:only|skip|todo): (?!false|undefined)/,
    caught: [
      join("test.on", 'ly("x", () => {});'),
      join("describe.sk", 'ip("x", () => {});'),
      join('test("x", { sk', "ip: true }, () => {});"),
    ],
    fine: ['if (!ipv6) return t.skip("no IPv6 here");', "queue.skip(3)"],
  },
  {
    what: "the project stands alone: nothing outside it is named by path",
    files: /./,
    pattern: new RegExp(`(?<![\\w.-])/${join("wo", "rk")}\\b(?!-)|\\.\\./${join("sha", "red")}\\b`),
    caught: [`cd /${join("wo", "rk")}/main`, `"../${join("sha", "red")}/vectors"`],
    fine: [".github/workflows", "https://example.org/network/working", "../sharedness"],
  },
];

for (const ban of bans) {
  test(ban.what, () => {
    for (const line of ban.caught) assert.match(line, ban.pattern);
    for (const line of ban.fine) assert.doesNotMatch(line, ban.pattern);
    const found = projectFiles()
      .filter((path) => ban.files.test(path))
      .flatMap((path) =>
        readProjectFile(path)
          .split("\n")
          .flatMap((line, index) =>
            ban.pattern.test(line) ? [`${path}:${index + 1}: ${line}`] : [],
          ),
      );
    assert.deepEqual(found, []);
  });
}

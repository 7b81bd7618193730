/**
 * Runs every `*.test.js` below dist/test, each file in its own process with the leak guard.
 * `npm test -- unit wire` runs only files whose path contains one of the words; `!e2e` runs only those
 * whose path does not contain it.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const named = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const words = named.filter((word) => !word.startsWith("!"));
const excluded = named.filter((word) => word.startsWith("!")).map((word) => word.slice(1));
const flags = process.argv.slice(2).filter((word) => word.startsWith("-"));

const files = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.js") && hasSource(name))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .filter((name) => !excluded.some((word) => name.includes(word)))
  .sort((one, other) => one.localeCompare(other))
  .map((name) => join(here, name));

/** What was built of a test that has moved since is still in dist. */
function hasSource(name: string): boolean {
  return existsSync(join(here, "../../test", name.replace(/js$/, "ts")));
}

if (files.length === 0) {
  process.stderr.write(`no test file matches: ${named.join(" ")}\n`);
  process.exit(2);
}

const options = ["--test", "--test-concurrency=2", `--import=${join(here, "guard/guard.js")}`];
const child = spawn(process.execPath, [...options, ...flags, ...files], { stdio: "inherit" });
child.on("exit", (code) => process.exit(code ?? 1));

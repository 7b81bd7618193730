import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../support/run.ts";

const node = (code: string): [string, string[]] => [process.execPath, ["-e", code]];

test("answers output and exit code, also of a program that fails", async () => {
  const [command, args] = node(
    "process.stdin.pipe(process.stdout); console.error('no'); process.exitCode = 3",
  );
  const outcome = await run(command, args, { input: "hello" });
  assert.deepEqual(outcome, { code: 3, stdout: "hello", stderr: "no\n" });
});

test("a program that does not read its input does no harm", async () => {
  const [command, args] = node("process.stdin.destroy(); setImmediate(() => process.exit(0))");
  const outcome = await run(command, args, { input: new Uint8Array(1_000_000) });
  assert.equal(outcome.code, 0);
});

test("a program that cannot be started rejects", async () => {
  await assert.rejects(run("/nonexistent/program", []), { code: "ENOENT" });
});

test("a program that takes too long is killed, although its child holds on to the output", async () => {
  const [command, args] = node(
    `const { spawn } = require("node:child_process");
     spawn(process.execPath, ["-e", "setTimeout(() => {}, 3000)"], { stdio: "inherit" });
     setInterval(() => {}, 1000);`,
  );
  const started = performance.now();
  await assert.rejects(run(command, args, { timeoutMs: 500 }), /ran for more than 500 ms/);
  assert.ok(performance.now() - started < 2900);
});

test("abort kills the program and rejects with the reason", async () => {
  const controller = new AbortController();
  const [command, args] = node("setInterval(() => {}, 1000)");
  const running = run(command, args, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(running, /enough/);
  await assert.rejects(run(command, args, { signal: controller.signal }), /enough/);
});

test("a process that exits takes its programs with it", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "rtmfp-run-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const pulse = join(directory, "pulse");
  const inner = `
    const beat = () => require("node:fs").appendFileSync(${JSON.stringify(pulse)}, ".");
    setInterval(beat, 20);
    setTimeout(() => process.exit(), 10_000);`;
  const outer = `
    import { existsSync } from "node:fs";
    import { run } from ${JSON.stringify(new URL("../../support/run.js", import.meta.url).href)};
    run(process.execPath, ["-e", ${JSON.stringify(inner)}]);
    setInterval(() => existsSync(${JSON.stringify(pulse)}) && process.exit(0), 20);`;
  await run(process.execPath, ["--input-type=module", "-e", outer]);
  const beats = statSync(pulse).size;
  await sleep(500);
  // One may have been under way when it was killed.
  assert.ok(statSync(pulse).size <= beats + 1);
});

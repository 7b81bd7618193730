import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Runs a fixture as test/run.ts runs a test file. */
function runFixture(name: string): Promise<Outcome> {
  const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
  const options = ["--test", "--test-reporter=tap"];
  // Without its variable the inner runner takes itself for a part of this one, and runs nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...options, `--import=${path("guard.js")}`, path(`fixtures/${name}.js`)],
      { env, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, output: stdout + stderr });
      },
    );
  });
}

const leaks = [
  ["udp-socket", "UDP socket"],
  ["tcp-server", "TCP server"],
  ["tcp-socket", "TCP socket, TCP socket"],
  ["child-process", "child process"],
  ["interval", "timer"],
] as const;

for (const [fixture, left] of leaks) {
  test(`a file that leaves this open fails and says so: ${left}`, async () => {
    const { code, output } = await runFixture(fixture);
    assert.notEqual(code, 0, output);
    assert.ok(output.includes(`left open by ${fixture}.js: ${left}'`), output);
    assert.match(output, /# pass 1\n# fail 1\n/);
  });
}

test("a file that closes everything passes, even what it closes last", async () => {
  const { code, output } = await runFixture("clean");
  assert.equal(code, 0, output);
  assert.match(output, /# pass 1\n# fail 0\n/);
});

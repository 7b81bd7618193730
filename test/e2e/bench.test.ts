/**
 * `npm run bench` measures: every work ends with plausible rows. How fast it is beside a bare transfer is a
 * matter of quiet machines; the floors here are what is left of it on a busy one in half a second.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { repositoryRoot } from "../support/root.ts";
import { run } from "../support/run.ts";

interface Row {
  readonly work: string;
  readonly value: number;
  readonly unit: string;
  readonly bare: number | null;
  readonly ratio: number | null;
}

const entry = join(repositoryRoot, "dist/test/bench/bench.js");

test("every work answers its rows", async () => {
  const { code, stdout, stderr } = await bench("--json", "--warm-up", "0.1", "--seconds", "0.6");
  assert.equal(code, 0, stderr);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
  assert.deepEqual(
    rows.map((row) => `${row.work} ${row.unit}`),
    [
      ...[100, 1024, 16_384, 65_536].map((bytes) => `bulk-${bytes} MB/s`),
      "bulk-16384-in-1200 MB/s",
      ...["p50", "p99"].map((share) => `round-trip-${share} us`),
      ...[31, 14, 2].flatMap((group) => [
        `handshakes-${group} 1/s`,
        `handshakes-${group}-cpu us`,
        `handshakes-${group}-block ms`,
      ]),
      ...["rss", "heap"].map((kind) => `idle-session-${kind} KB`),
    ],
  );
  for (const { work, value, bare, ratio } of rows) {
    // So few sessions may fit into memory that the process has already.
    assert.ok(Number.isFinite(value) && (value > 0 || work === "idle-session-rss"), work);
    const isCompared = /^bulk|^round-trip|-block$/.test(work);
    assert.equal(bare !== null && bare > 0, isCompared, work);
    assert.equal(ratio !== null && ratio > 0, isCompared, work);
  }
  const of = (name: string): Row => rows.find(({ work }) => work === name) ?? assert.fail(name);
  assert.ok((of("bulk-16384").ratio ?? 0) > 0.4, stdout);
  assert.ok((of("bulk-16384-in-1200").ratio ?? 0) > 0.1, stdout);
  assert.ok(of("idle-session-heap").value < 12, stdout);
});

test("--only picks a row or a family of rows, and says what it does not know", async () => {
  const one = await bench("--only", "round-trip-p50", "--warm-up", "0.1", "--seconds", "0.1");
  assert.match(one.stdout, /^work .*\nround-trip-p50 .*us.*\n$/);
  const none = await bench("--only", "bulk-1");
  assert.equal(none.code, 2);
  assert.match(none.stderr, /^--only: there is no bulk-1, see --help\n$/);
});

function bench(...args: readonly string[]): ReturnType<typeof run> {
  return run(process.execPath, [entry, ...args]);
}

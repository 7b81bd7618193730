/** `npm run bench:rtmp` measures: not how fast, but that each server is measured, and plausibly. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { NginxRtmp } from "../support/nginx.ts";
import { repositoryRoot } from "../support/root.ts";
import { run } from "../support/run.ts";

interface Row {
  readonly work: string;
  readonly value: number | null;
  readonly unit: string;
  readonly nginx: number | null;
  readonly nms: number | null;
}

const entry = join(repositoryRoot, "dist/test/bench/rtmp/rtmp.js");

function bench(...args: readonly string[]): ReturnType<typeof run> {
  const env = { ...process.env, RTMFP_BENCH_NMS: "" };
  return run(process.execPath, [entry, ...args], { env });
}

test("ours and nginx are measured, and what is missing is said", async () => {
  const few = ["--case", "1x3", "--warm-up", "3", "--seconds", "1", "--rounds", "1"];
  const { code, stdout, stderr } = await bench("--json", ...few);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^NOT MEASURED: node-media-server: .*$/m);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
  assert.deepEqual(
    rows.map(({ work, unit }) => `${work} ${unit}`),
    [
      "rtmp-1x3-cpuPerGbit s/Gbit",
      "rtmp-1x3-rssMegabytes MB",
      "rtmp-1x3-p50Ms ms",
      "rtmp-1x3-p99Ms ms",
      "rtmp-1x3-delivered %",
    ],
  );
  for (const { work, value, nginx, nms } of rows) {
    assert.equal(nms, null);
    const measured = NginxRtmp.isThere ? [value, nginx] : [value];
    for (const one of measured) assert.ok(one !== null && Number.isFinite(one) && one >= 0, work);
  }
  assert.ok((rows.at(-1)?.value ?? 0) > 50, "most pictures arrived");
});

test("wrong usage is one line", async () => {
  const { code, stderr } = await bench("--case", "many");
  assert.equal(code, 2);
  assert.match(stderr, /^--case: MBITSxPLAYERS, such as 20x50$/m);
});

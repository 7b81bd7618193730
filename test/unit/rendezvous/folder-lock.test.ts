import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { holdingFolder } from "../../../rendezvous/folder-lock.ts";
import { eventually, temporaryFolder } from "../../support/temporary.ts";

const LOCK = `${process.pid}.lock`;

/** Answers what gives the folder back. */
function hold(folder: string): Promise<() => void> {
  return holdingFolder("data", folder, async (giveBack) => giveBack);
}

/** Another process, until it is killed. */
function other(t: TestContext): ChildProcess & { readonly pid: number } {
  const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
  t.after(() => child.kill("SIGKILL"));
  const { pid } = child;
  assert.ok(pid !== undefined);
  return Object.assign(child, { pid });
}

/** What the process writes into its own lock. */
async function markOfThis(folder: string): Promise<string> {
  const giveBack = await hold(folder);
  const mark = readFileSync(join(folder, LOCK), "utf8");
  giveBack();
  return mark;
}

test("a folder is made, held, and given back", async (t) => {
  const folder = join(temporaryFolder(t), "new");
  const giveBack = await hold(folder);
  assert.deepEqual(readdirSync(folder), [LOCK]);
  await assert.rejects(hold(folder), RangeError);
  giveBack();
  giveBack();
  assert.deepEqual(readdirSync(folder), []);
});

test("what cannot be made holds nothing", async (t) => {
  const folder = temporaryFolder(t);
  const failure = new Error("no");
  const failing = holdingFolder("data", folder, () => Promise.reject(failure));
  await assert.rejects(failing, failure);
  assert.deepEqual(readdirSync(folder), []);
});

test("a process that runs keeps its folder, one that was killed does not", async (t) => {
  const folder = temporaryFolder(t);
  const child = other(t);
  const lock = join(folder, `${child.pid}.lock`);
  // As after it was made, before anything was written to it.
  writeFileSync(lock, "");
  const message = `data: another server uses this folder (process ${child.pid})`;
  await assert.rejects(hold(folder), { name: "RangeError", message });
  assert.deepEqual(readdirSync(folder), [`${child.pid}.lock`]);
  child.kill("SIGKILL");
  await once(child, "exit");
  const giveBack = await hold(folder);
  assert.deepEqual(readdirSync(folder), [LOCK]);
  giveBack();
});

test("a process that got the number of one that is gone does not count", async (t) => {
  const folder = temporaryFolder(t);
  const mark = await markOfThis(folder);
  if (mark === "") return; // Nothing tells them apart here.
  const child = other(t);
  for (const pid of [child.pid, process.pid]) {
    writeFileSync(join(folder, `${pid}.lock`), `${mark}0`);
    const giveBack = await hold(folder);
    assert.deepEqual(readdirSync(folder), [LOCK]);
    giveBack();
  }
});

test("a process that has ended does not count, though nobody has taken notice of it", async (t) => {
  const folder = temporaryFolder(t);
  if ((await markOfThis(folder)) === "") return; // Nothing tells them apart here.
  const parent = spawn("sh", ["-c", "sleep 0.2 & echo $!; exec sleep 60"]);
  t.after(() => parent.kill("SIGKILL"));
  const [line]: unknown[] = await once(parent.stdout, "data");
  const pid = Number(String(line));
  await eventually(() => readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z "));
  writeFileSync(join(folder, `${pid}.lock`), "");
  const giveBack = await hold(folder);
  giveBack();
});

test("a folder that is for reading alone needs no lock", async (t) => {
  // Who may do anything may write anywhere else.
  const folder = existsSync("/sys/kernel") ? "/sys/kernel" : temporaryFolder(t);
  if (folder !== "/sys/kernel") chmodSync(folder, 0o500);
  const giveBack = await hold(folder);
  assert.ok(!existsSync(join(folder, LOCK)));
  giveBack();
});

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./check-option.ts";

/**
 * Makes something that needs a folder to itself: two servers would overwrite each other's files. The folder
 * is made unless it is there, and is the process's until `giveBack` is called, or `make` fails. Rejects with
 * RangeError that names the option if there can be no such folder, or a server on this machine has it.
 */
export async function holdingFolder<Made>(
  field: string,
  folder: string | undefined,
  make: (giveBack: () => void) => Promise<Made>,
): Promise<Made> {
  if (folder === undefined) return make(() => undefined);
  await makeFolder(field, folder);
  const giveBack = take(field, folder);
  try {
    return await make(giveBack);
  } catch (error) {
    giveBack();
    throw error;
  }
}

/**
 * Each process says that it is there with a file of its own, `PID.lock`, and looks for others after that:
 * of two that come at once, one at least sees the other. What is left of one that is gone counts for nothing.
 */
function take(field: string, folder: string): () => void {
  const { pid } = process;
  const path = lockOf(folder, pid);
  if (isHeld(folder, pid)) throw inUse(field, pid);
  try {
    writeFileSync(path, markOf(pid), { mode: 0o600, flag: "wx" });
  } catch (error) {
    // Where nothing can be written, nothing is overwritten.
    if (READ_ONLY.has((error as NodeJS.ErrnoException).code ?? "")) return () => undefined;
    throw error;
  }
  const giveBack = (): void => rmSync(path, { force: true });
  const other = pidsIn(folder).find((held) => held !== pid && isHeld(folder, held));
  if (other === undefined) return giveBack;
  giveBack();
  throw inUse(field, other);
}

/** Does a process that still runs hold the folder by this number? What is left of one that ended goes. */
function isHeld(folder: string, pid: number): boolean {
  const path = lockOf(folder, pid);
  const mark = readText(path);
  if (mark === undefined) return false;
  const now = markOf(pid);
  const isSame = mark === "" || now === "" || mark === now;
  if (isSame && now !== ENDED && isRunning(pid)) return true;
  rmSync(path, { force: true });
  return false;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/**
 * What tells a process from others that had its number before, in a container or before the machine was
 * started: when it began, and with which start of the machine. "" where Linux does not say.
 */
function markOf(pid: number): string {
  const boot = readText("/proc/sys/kernel/random/boot_id") ?? "";
  const stat = readText(`/proc/${pid}/stat`);
  if (!stat) return "";
  // The second field is a name in parentheses, with anything in it; the third is the state, the 22nd the time.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? ENDED : `${boot.trim()} ${fields[19]}`;
}

function pidsIn(folder: string): number[] {
  return readdirSync(folder)
    .filter((file) => /^[1-9]\d{0,9}\.lock$/.test(file))
    .map((file) => Number.parseInt(file, 10));
}

function lockOf(folder: string, pid: number): string {
  return join(folder, `${pid}.lock`);
}

/** Undefined: there is no such file. "": nobody shows it to us. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "";
  }
}

function inUse(field: string, pid: number): RangeError {
  return new RangeError(`${field}: another server uses this folder (process ${pid})`);
}

/** Whoever started it has not asked for that yet. */
const ENDED = "ended";
const READ_ONLY: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS"]);

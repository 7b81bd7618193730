/**
 * Loaded into every test process (`--import`): a file that leaves a socket, a child process or a timer
 * open fails and says what, and ends all the same.
 */
import { AsyncResource } from "node:async_hooks";
import { basename } from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What to look for among `process.getActiveResourcesInfo()`, which lists only what keeps the process
 * alive. Not PipeWrap: the standard streams come and go as such. Workers do not show at all.
 */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["UDPWrap", "UDP socket"],
  ["TCPServerWrap", "TCP server"],
  ["TCPSocketWrap", "TCP socket"],
  ["ProcessWrap", "child process"],
  ["FSEventWrap", "file watcher"],
  ["Timeout", "timer"],
]);

/** What was just closed needs a few turns to disappear, a child process that was killed some more. */
const GRACE_MS = 1000;
const GLANCE_MS = 5;
/** Enough for the reports of a whole file to reach the runner. */
const REPORT_MS = 1000;

// The runner itself loads this module too, and its children are not leaks.
if (!process.execArgv.includes("--test")) {
  // Hooks run in the order in which they are set, and this one is set first: it sets another, in the
  // scope of the file, that runs after the file's own, which may be what closes things.
  const file = new AsyncResource("guard");
  after(() => file.runInAsyncScope(() => after(nothingIsLeftOpen)));
}

async function nothingIsLeftOpen(): Promise<void> {
  const deadline = performance.now() + GRACE_MS;
  let left = leftOpen();
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(GLANCE_MS);
    left = leftOpen();
  }
  if (left.length === 0) return;
  endSoon();
  throw new Error(`left open by ${basename(process.argv[1] ?? "")}: ${left.join(", ")}`);
}

/**
 * What was left open would keep the process alive for ever. The runner's own --test-force-exit would
 * end every file, and now and then before its last reports are out.
 */
function endSoon(): void {
  setTimeout(() => process.exit(1), REPORT_MS);
}

/** Such as `["TCP server", "timer", "timer"]`. */
function leftOpen(): string[] {
  return process.getActiveResourcesInfo().flatMap((resource) => NAMES.get(resource) ?? []);
}

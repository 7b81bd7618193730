/**
 * Loaded into every test process: a file that leaves a socket, a child process or a timer open
 * fails by name, although the runner would force it to exit.
 */
import { after } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

const watched = new Set([
  "UDPWrap",
  "TCPWrap",
  "TCPServerWrap",
  "TCPSocketWrap",
  "TLSWrap",
  "PipeWrap",
  "ProcessWrap",
  "Timeout",
]);

/** What is open before any test runs, the runner's own pipes among it, is not the test's. */
const before = count();

after(async () => {
  let left: string[] = [];
  for (let turns = 0; turns < 200; turns += 1) {
    left = leaks();
    if (left.length === 0) return;
    await turn();
  }
  throw new Error(`left open: ${left.join(", ")}`);
});

function leaks(): string[] {
  const left: string[] = [];
  for (const [name, number] of count()) {
    const extra = number - (before.get(name) ?? 0);
    if (extra > 0) left.push(extra > 1 ? `${name} x${extra}` : name);
  }
  return left;
}

function count(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (watched.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repositoryRoot } from "../../support/root.ts";
import { QUIET } from "./quiet.ts";

/** One line of `rtmfp … --json`. */
export type ProgramEvent = { readonly event: string; readonly [field: string]: unknown };

export interface ProgramOptions {
  readonly environment?: NodeJS.ProcessEnv | undefined;
  readonly via?: readonly string[] | undefined;
}

/** A running `rtmfp` command whose events can be waited for. */
export class Program {
  readonly events: ProgramEvent[] = [];
  stderr = "";
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exit: Promise<number>;
  #notify: (() => void)[] = [];
  #hasExited = false;

  /** Starts `rtmfp` with these arguments and `--json`; if wanted by `via`, a command that runs others. */
  constructor(args: readonly string[], options: ProgramOptions = {}) {
    const { environment, via = [] } = options;
    const entry = join(repositoryRoot, "dist/bin/rtmfp.js");
    const [command = "", ...rest] = [...via, process.execPath, entry, ...args, "--json"];
    this.#child = spawn(command, rest, { env: { ...process.env, ...QUIET, ...environment } });
    this.#child.stderr.on("data", (bytes) => {
      this.stderr += String(bytes);
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.events.push(JSON.parse(line) as ProgramEvent);
      this.#tell();
    });
    this.#exit = once(this.#child, "close").then(([code]) => {
      this.#hasExited = true;
      this.#tell();
      return Number(code);
    });
  }

  /** The first event that `isWanted`, now or later. Rejects if the program ends or `limitMs` pass. */
  async event(
    isWanted: string | ((event: ProgramEvent) => boolean),
    limitMs = 20_000,
  ): Promise<ProgramEvent> {
    const matches =
      typeof isWanted === "string" ? (one: ProgramEvent) => one.event === isWanted : isWanted;
    const deadline = AbortSignal.timeout(limitMs);
    for (;;) {
      const found = this.events.find(matches);
      if (found) return found;
      if (this.#hasExited || deadline.aborted) {
        const seen = JSON.stringify(this.events.slice(-5));
        throw new Error(`no such event; the last were ${seen}\n${this.stderr}`);
      }
      await new Promise<void>((resolve) => {
        this.#notify.push(resolve);
        deadline.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  /** Resolves with the exit code when the program has ended. */
  get exit(): Promise<number> {
    return this.#exit;
  }

  /** Asks it to end, as Ctrl-C does, and answers its exit code. */
  stop(): Promise<number> {
    this.#child.kill("SIGINT");
    return this.#exit;
  }

  /** Ends it at once, as a crash does. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #tell(): void {
    const notify = this.#notify;
    this.#notify = [];
    for (const wake of notify) wake();
  }
}

/** The first address under one of the `ready` event's fields. */
export function addressOf(ready: ProgramEvent, field: string): string {
  const addresses = ready[field];
  if (Array.isArray(addresses) && typeof addresses[0] === "string") return addresses[0];
  throw new Error(`no ${field} in ${JSON.stringify(ready)}`);
}

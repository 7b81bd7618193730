import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { repositoryRoot } from "../../support/root.ts";
import { QUIET } from "./quiet.ts";

/** How a program ended, and what it said. */
export interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `rtmfp …` as a person runs it in a terminal. */
export class Terminal {
  stdout = "";
  stderr = "";
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ending: Promise<Ending>;

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const entry = join(repositoryRoot, "dist/bin/rtmfp.js");
    this.#child = spawn(process.execPath, [entry, ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...QUIET, ...environment },
      timeout: MAX_RUN_MS,
      killSignal: "SIGKILL",
    });
    this.#child.stdout.on("data", (bytes) => {
      this.stdout += String(bytes);
    });
    this.#child.stderr.on("data", (bytes) => {
      this.stderr += String(bytes);
    });
    this.#ending = once(this.#child, "close").then(([code]) => ({
      code: typeof code === "number" ? code : -1,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** Resolves when the program has ended; code -1 stands for a signal that it did not handle. */
  get ending(): Promise<Ending> {
    return this.#ending;
  }

  /** What `pattern` matches in the output, as soon as it does. Rejects if the program ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const ended = this.#ending.then(() => "ended");
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match) return match;
      const next = await Promise.race([once(this.#child.stdout, "data"), ended]);
      if (next === "ended" && !pattern.test(this.stdout)) {
        throw new Error(`never said ${pattern}:\n${this.stdout}\n${this.stderr}`);
      }
    }
  }

  /** Sends a signal, Ctrl-C by default, and waits for the end. */
  stop(signal: NodeJS.Signals = "SIGINT"): Promise<Ending> {
    this.#child.kill(signal);
    return this.#ending;
  }

  /** Nobody reads what it says any more. */
  hangUp(): void {
    this.#child.stdout.destroy();
  }
}

/** Runs `rtmfp …` to its end. */
export function rtmfp(...args: readonly string[]): Promise<Ending> {
  return new Terminal(args).ending;
}

/** No test of the command line takes so long. */
const MAX_RUN_MS = 30_000;

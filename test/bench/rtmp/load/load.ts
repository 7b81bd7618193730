import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadCommand, LoadReport } from "./protocol.ts";

/** The load's process, as the one that measures sees it. */
export class Load {
  readonly #child: ChildProcess;

  constructor() {
    const entry = fileURLToPath(new URL("process.js", import.meta.url));
    this.#child = fork(entry, [], { execArgv: [] });
  }

  /** Rejects if the load's process ends instead of answering. */
  async tell(command: LoadCommand): Promise<LoadReport> {
    const ended = new AbortController();
    const { signal } = ended;
    const answer = once(this.#child, "message", { signal });
    const exit = once(this.#child, "exit", { signal }).then(([code]) => {
      throw new Error(`the load ended with code ${code}`);
    });
    this.#child.send(command);
    try {
      const [report] = await Promise.race([answer, exit]);
      return report as LoadReport;
    } finally {
      ended.abort();
      exit.catch(() => undefined);
      answer.catch(() => undefined);
    }
  }

  async end(): Promise<void> {
    if (!this.#child.connected) return;
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { FarCommand, FarPorts, FarUsage } from "./protocol.ts";

/** The other process of a work, as this one sees it. */
export class Far {
  readonly ports: FarPorts;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ports: FarPorts) {
    this.#child = child;
    this.ports = ports;
  }

  /** Runs `use` with a far process whose server knows one Diffie-Hellman group. */
  static async with<Value>(group: number, use: (far: Far) => Promise<Value>): Promise<Value> {
    const entry = fileURLToPath(new URL("process.js", import.meta.url));
    // Its own flags too, so that `node --cpu-prof` shows both.
    const execArgv = [...process.execArgv, "--expose-gc"];
    const child = fork(entry, [String(group)], { execArgv });
    const exit = once(child, "exit");
    try {
      return await use(new Far(child, await answerOf<FarPorts>(child)));
    } finally {
      if (child.connected) child.disconnect();
      await exit;
    }
  }

  async ask(command: FarCommand): Promise<FarUsage> {
    const answer = answerOf<FarUsage>(this.#child);
    this.#child.send(command);
    return await answer;
  }
}

/** Its next message; rejects if it ends instead. */
async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const ended = new AbortController();
  const { signal } = ended;
  const answer = once(child, "message", { signal });
  const exit = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`the far process ended with code ${code}`);
  });
  try {
    const [message] = await Promise.race([answer, exit]);
    return message as Answer;
  } finally {
    ended.abort();
    exit.catch(() => undefined);
    answer.catch(() => undefined);
  }
}

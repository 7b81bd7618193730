import { type ChildProcess, spawn } from "node:child_process";

export interface RunOptions {
  /** Kills the program; the run rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Kills the program after so many milliseconds; the run rejects.
   * @default 60_000
   */
  readonly timeoutMs?: number | undefined;
  readonly cwd?: string | undefined;
  /**
   * The whole environment of the program.
   * @default process.env
   */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** What the program reads from its standard input; nothing by default. */
  readonly input?: string | Uint8Array | undefined;
}

export interface Outcome {
  /** Exit code, or undefined if a signal that was not ours ended the program. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end and answers what it said, whatever its exit code. Rejects if it cannot be
 * started, is aborted or takes too long; by then it is gone in any case.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const { signal, timeoutMs = 60_000, cwd, env, input } = options;
  signal?.throwIfAborted();
  const child = spawn(command, args, { cwd, env });
  running.add(child);
  let cause: { readonly reason: unknown } | undefined;
  const kill = (reason: unknown): void => {
    cause ??= { reason };
    child.kill("SIGKILL");
    // A grandchild may hold the other ends of these: do not wait for it.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const abort = (): void => kill(signal?.reason);
  signal?.addEventListener("abort", abort);
  const late = new Error(`${command} ran for more than ${timeoutMs} ms`);
  const timer = setTimeout(kill, timeoutMs, late);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin.on("error", () => {}); // It need not read its input to the end.
  child.stdin.end(input);
  try {
    const code = await ended(child);
    if (cause) throw cause.reason;
    return { code, stdout: stdout(), stderr: stderr() };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    running.delete(child);
  }
}

function ended(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? undefined));
  });
}

/** Answers a function that answers the text so far. */
function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= OUTPUT_LIMIT_BYTES) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}

const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;

/** A test process that ends in the middle, or is made to, takes its programs with it. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

import { Worker } from "node:worker_threads";
import { expected, type NatClass } from "../../test/lab/index.ts";
import type { MatrixCell } from "./matrix-text.ts";
import { type MeetingResult, summarize } from "./meeting-result.ts";

export interface MatrixPlan {
  readonly classes: readonly NatClass[];
  /** Of the meetings of each pair. Each end is the initiator in every other one. */
  readonly seeds: readonly number[];
  /** How long a direct path may take, ms. */
  readonly limitMs: number;
  /** Threads, at least 1. */
  readonly threads: number;
}

/** What a thread is to do: all meetings of one pair. */
export interface MatrixJob {
  readonly classes: readonly [NatClass, NatClass];
  readonly seeds: readonly number[];
  readonly limitMs: number;
}

/**
 * Lets peers of all pairs of classes meet, on several threads; `onCell` hears of each pair when it is
 * done. Answers the table row by row, where each pair is twice. Rejects with what goes wrong in a
 * thread, or the signal's reason.
 */
export async function runMatrix(
  plan: MatrixPlan,
  onCell: (cell: MatrixCell) => void,
  signal?: AbortSignal,
): Promise<MatrixCell[]> {
  const { classes, seeds, limitMs, threads } = plan;
  const jobs = classes.flatMap((one, row) =>
    classes.slice(row).map((other): MatrixJob => ({ classes: [one, other], seeds, limitMs })),
  );
  const cells: MatrixCell[] = [];
  const queue = jobs.values();
  const workers = Array.from({ length: Math.min(threads, jobs.length) }, () => new Thread());
  const abort = (): void => void workers.map((worker) => worker.stop());
  signal?.addEventListener("abort", abort);
  try {
    signal?.throwIfAborted();
    const work = async (worker: Thread): Promise<void> => {
      for (const job of queue) {
        const cell = cellOf(job.classes, await worker.run(job));
        cells.push(cell);
        onCell(cell);
      }
    };
    await Promise.all(workers.map(work));
    return table(classes, cells);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

function cellOf([one, other]: MatrixJob["classes"], results: readonly MeetingResult[]): MatrixCell {
  const summary = summarize(results);
  return { row: one.key, column: other.key, expected: expected(one, other), summary };
}

function table(classes: readonly NatClass[], cells: readonly MatrixCell[]): MatrixCell[] {
  const mirrored = cells.map((cell) => ({ ...cell, row: cell.column, column: cell.row }));
  const byPair = new Map(
    [...mirrored, ...cells].map((cell) => [`${cell.row} ${cell.column}`, cell]),
  );
  return classes.flatMap((row) =>
    classes.flatMap((column) => byPair.get(`${row.key} ${column.key}`) ?? []),
  );
}

/** One worker, which does one job at a time. */
class Thread {
  readonly #worker = new Worker(new URL("./matrix-worker.js", import.meta.url));
  #settle: ((results: readonly MeetingResult[]) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  constructor() {
    this.#worker.on("message", (results) => this.#settle?.(results));
    this.#worker.on("error", (error) => this.#fail?.(error));
    this.#worker.on("exit", () => this.#fail?.(new Error("a thread ended early")));
  }

  run(job: MatrixJob): Promise<readonly MeetingResult[]> {
    return new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
      this.#worker.postMessage(job);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

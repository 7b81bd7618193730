/** A thread of the matrix: takes jobs, answers each with the results of its meetings. */
import { parentPort } from "node:worker_threads";
import type { MatrixJob } from "./matrix.ts";
import { meet } from "./meeting.ts";
import type { MeetingResult } from "./meeting-result.ts";

parentPort?.on("message", async ({ row, column, seeds, limitMs }: MatrixJob) => {
  const results: MeetingResult[] = [];
  for (const seed of seeds) {
    results.push(await meet({ initiator: row, responder: column, seed, limitMs }));
  }
  parentPort?.postMessage(results);
});

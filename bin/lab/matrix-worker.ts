/** A thread of the matrix: takes jobs, answers each with the results of its meetings. */
import { parentPort } from "node:worker_threads";
import type { MatrixJob } from "./matrix.ts";
import { meet } from "./meeting.ts";
import type { MeetingResult } from "./meeting-result.ts";

parentPort?.on("message", async ({ classes, seeds, limitMs }: MatrixJob) => {
  const [one, other] = classes;
  const results: MeetingResult[] = [];
  for (const [index, seed] of seeds.entries()) {
    const [initiator, responder] = index % 2 === 0 ? [one, other] : [other, one];
    results.push(await meet({ initiator, responder, seed, limitMs }));
  }
  parentPort?.postMessage(results);
});

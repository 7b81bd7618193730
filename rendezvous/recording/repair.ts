import { type FileHandle, open, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { scanFlv } from "../vod/flv-index.ts";
import { endOf, tagHeads } from "../vod/tag-heads.ts";
import { FINISHED, recordingBody, UNFINISHED, writeFacts } from "./recording-file.ts";

/**
 * Finishes the recordings under `folder` that a crash has left: cut after their last whole tag, they
 * get the facts that are missing, and their names. One with nothing in it goes. Answers what became
 * of each. Rejects if the folder cannot be read; a file that cannot be repaired is left as it is.
 */
export async function repairRecordings(
  folder: string,
  onError: (error: unknown) => void,
): Promise<readonly string[]> {
  const repaired: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith(UNFINISHED)) continue;
    try {
      const path = join(folder, name);
      const finished = path.slice(0, -UNFINISHED.length) + FINISHED;
      if (!(await repair(path))) await unlink(path);
      else {
        await rename(path, finished);
        repaired.push(finished);
      }
    } catch (error) {
      onError(error);
    }
  }
  return repaired;
}

/** Answers false if there is no media in it. */
async function repair(path: string): Promise<boolean> {
  const file = await open(path, "r+");
  try {
    const { size } = await file.stat();
    const fileBytes = await wholeBytes(file, size);
    const { durationMs, points, headers } = await scanFlv(file, recordingBody, fileBytes);
    if (points.size === 0 && headers.length <= 1) return false;
    await file.truncate(fileBytes);
    await writeFacts(file, { durationMs, fileBytes, points: [...points] });
    await file.datasync();
    return true;
  } finally {
    await file.close();
  }
}

async function wholeBytes(file: FileHandle, size: number): Promise<number> {
  let end = 0;
  for await (const head of tagHeads(file, recordingBody, size)) end = endOf(head);
  return end;
}

import { type FileHandle, open, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { scanFlv } from "../vod/flv-index.ts";
import { endOf, tagHeads } from "../vod/tag-heads.ts";
import {
  FINISHED,
  isThere,
  recordingBody,
  reserve,
  UNFINISHED,
  writeFacts,
} from "./recording-file.ts";

/** The recordings under `folder` that are not complete. Rejects if the folder cannot be read. */
export async function unfinishedIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith(UNFINISHED)).map((name) => join(folder, name));
}

/**
 * Finishes a recording that a crash has left: cut after its last whole tag, it gets the facts that are
 * missing, and its name. Answers where it is now, or undefined if nothing was in it: then it is gone.
 * Answers "in-use" if somebody has written to it less than IN_USE_MS before `wallClock`, ms since 1970.
 * Rejects with the errors of the file system; the file is left as it is.
 */
export async function repairRecording(
  path: string,
  wallClock: number,
): Promise<string | "in-use" | undefined> {
  const file = await open(path, "r+");
  try {
    const { size, mtimeMs } = await file.stat();
    if (wallClock - mtimeMs < IN_USE_MS) return "in-use";
    if (!(await complete(file, size))) {
      await unlink(path);
      return undefined;
    }
  } finally {
    await file.close();
  }
  return giveName(path);
}

/** Answers false if there is no media in it. */
async function complete(file: FileHandle, size: number): Promise<boolean> {
  const fileBytes = await wholeBytes(file, size);
  const { durationMs, points, headers } = await scanFlv(file, recordingBody, fileBytes);
  if (points.size === 0 && headers.length <= 1) return false;
  await file.truncate(fileBytes);
  await writeFacts(file, { durationMs, fileBytes, points: [...points] });
  await file.datasync();
  return true;
}

async function wholeBytes(file: FileHandle, size: number): Promise<number> {
  let end = 0;
  for await (const head of tagHeads(file, recordingBody, size)) end = endOf(head);
  return end;
}

/** Its own name, or one with a number if there is such a file. */
async function giveName(path: string): Promise<string> {
  const own = path.slice(0, -UNFINISHED.length);
  if (!(await isThere(own + FINISHED))) {
    await rename(path, own + FINISHED);
    return own + FINISHED;
  }
  const { file, base } = await reserve(own);
  await file.close();
  await rename(path, base + UNFINISHED);
  await rename(base + UNFINISHED, base + FINISHED);
  return base + FINISHED;
}

/**
 * Whoever records touches its files each TOUCH_MS; five are missing before somebody else takes one. The
 * clocks of servers that share a folder have to agree that well.
 */
export const TOUCH_MS = 3_000;
const IN_USE_MS = 5 * TOUCH_MS;

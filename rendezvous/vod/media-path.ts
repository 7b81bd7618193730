import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";

/** A file of the media folder, open. Whoever gets it closes it. */
export interface MediaFile {
  readonly file: FileHandle;
  readonly format: "flv" | "mp4";
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/**
 * Opens what `app` and `name` stand for under the folder `root`: `root/app/name`, with or without its
 * ending. Without, an FLV file goes before an MP4 file, unless the name begins with "mp4:". Undefined if
 * there is no such file, or if it is not under `root`.
 */
export async function openMedia(
  root: string,
  app: string,
  name: string,
): Promise<MediaFile | undefined> {
  const parts = mediaParts(app, name);
  if (!parts) return undefined;
  const path = join(root, ...parts);
  const endings = MP4_PREFIX.test(name) ? MP4_FIRST : ENDINGS;
  for (const ending of ENDING.test(path) ? [""] : endings) {
    const media = await openUnder(root, path + ending);
    if (media) return media;
  }
  return undefined;
}

/**
 * The parts of a path, or undefined if a part could lead elsewhere. What stands before a colon
 * ("flv:") names a format, what follows a question mark is for others. Nothing is decoded: a name
 * with a percent sign is a name with a percent sign.
 */
export function mediaParts(app: string, name: string): readonly string[] | undefined {
  const bare = beforeQuery(name).replace(PREFIX, "");
  const folders = beforeQuery(app)
    .split("/")
    .filter((part) => part !== "" && part !== INSTANCE);
  const parts = [...folders, ...bare.split("/")];
  return parts.length <= MAX_PARTS && parts.every(isHarmless) ? parts : undefined;
}

/** No way up, nothing absolute or hidden, and nothing that a file system reads in its own way. */
function isHarmless(part: string): boolean {
  const isNamed = part !== "" && !part.startsWith(".") && Buffer.byteLength(part) <= MAX_PART_BYTES;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  return isNamed && !/[\u0000-\u001f\u007f\\:]/.test(part);
}

async function openUnder(root: string, path: string): Promise<MediaFile | undefined> {
  try {
    const real = await realpath(path);
    if (!real.startsWith(`${await realpath(root)}${sep}`)) return undefined;
    return await openReal(real);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** A pipe would have its opener wait, and a link that is new here could lead anywhere. */
async function openReal(path: string): Promise<MediaFile | undefined> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const { size, mtimeMs, isFile } = await statOf(file);
  const format = FLV.test(path) ? "flv" : "mp4";
  if (isFile) return { file, format, path, size, modifiedMs: mtimeMs };
  await file.close();
  return undefined;
}

async function statOf(
  file: FileHandle,
): Promise<{ size: number; mtimeMs: number; isFile: boolean }> {
  try {
    const stat = await file.stat();
    return { size: stat.size, mtimeMs: stat.mtimeMs, isFile: stat.isFile() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  return ABSENCES.has((error as NodeJS.ErrnoException).code ?? "");
}

function beforeQuery(text: string): string {
  return text.split("?", 1)[0] ?? "";
}

const FLV_ENDING = ".flv";
const MP4_ENDINGS: readonly string[] = [".mp4", ".f4v", ".m4v", ".m4a", ".mov"];
const ENDINGS: readonly string[] = [FLV_ENDING, ...MP4_ENDINGS];
const MP4_FIRST: readonly string[] = [...MP4_ENDINGS, FLV_ENDING];
const ENDING = /\.(?:flv|mp4|f4v|m4v|m4a|mov)$/i;
const FLV = /\.flv$/i;
/** Formats, as classic servers have them in names. */
const PREFIX = /^(?:flv|mp4|f4v):/i;
const MP4_PREFIX = /^(?:mp4|f4v):/i;
/** What classic servers call the instance of an application that has no other name. */
const INSTANCE = "_definst_";
const MAX_PARTS = 16;
/** As long as names of files get. */
const MAX_PART_BYTES = 250;
const ABSENCES: ReadonlySet<string> = new Set([
  "ENOENT",
  "ENOTDIR",
  "EISDIR",
  "ELOOP",
  "EACCES",
  "ENXIO",
]);

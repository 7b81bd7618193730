import { accessSync, chmodSync, constants, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type RunOptions, run } from "../../support/run.ts";

export interface ClipOptions {
  readonly seconds: number;
  /** @default 25 */
  readonly framesPerSecond?: number | undefined;
  /** @default 320 */
  readonly width?: number | undefined;
  /** @default 180 */
  readonly height?: number | undefined;
  /**
   * Path of the ffmpeg to make it with.
   * @default what findFfmpeg answers
   */
  readonly ffmpeg?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One packet of a media file as its container has it, before any decoder. */
export interface PacketHash {
  /** Number of the stream in the file: 0 is the video of a clip, 1 its audio. */
  readonly stream: number;
  /** In the stream's time base: milliseconds in FLV, counted from the file's first timestamp. */
  readonly dts: number;
  readonly pts: number;
  readonly size: number;
  /** MD5 of the payload. */
  readonly hash: string;
}

/** The system's ffmpeg if there is one on PATH, else the one that a package brings. Rejects without. */
export async function findFfmpeg(): Promise<string> {
  const [first] = await findEveryFfmpeg();
  if (!first) throw new Error("no ffmpeg on PATH, and none packaged for this platform");
  return first;
}

/** Every ffmpeg that works here, the preferred one first. */
export async function findEveryFfmpeg(): Promise<readonly string[]> {
  const works = async (path: string): Promise<boolean> => {
    const outcome = await run(path, ["-version"]).catch(() => undefined);
    return outcome?.code === 0;
  };
  const found: string[] = [];
  for (const path of ["ffmpeg", packaged()]) if (path && (await works(path))) found.push(path);
  return found;
}

/**
 * Makes a clip at `path`: test pattern and tone, H.264 with B-frames and a key frame each second, AAC,
 * in an FLV container. The same clip is encoded once in a process, then copied.
 */
export async function makeClip(path: string, options: ClipOptions): Promise<void> {
  const { framesPerSecond = 25, width = 320, height = 180, seconds, signal } = options;
  const ffmpeg = options.ffmpeg ?? (await findFfmpeg());
  const key = [ffmpeg, seconds, framesPerSecond, width, height].join(" ");
  let clip = clips.get(key);
  if (!clip) {
    clip = join(scratch(), `clip-${clips.size}.flv`);
    const pattern = `testsrc2=size=${width}x${height}:rate=${framesPerSecond}:duration=${seconds}`;
    const tone = `sine=frequency=440:sample_rate=44100:duration=${seconds}`;
    const inputs = ["-f", "lavfi", "-i", pattern, "-f", "lavfi", "-i", tone];
    await must(ffmpeg, [...inputs, ...encoding(framesPerSecond), clip], { signal });
    clips.set(key, clip);
  }
  copyFileSync(clip, path);
}

/** Every packet of a file in the order of the file, its payload hashed as it is. */
export async function packetHashes(
  file: string,
  options: { readonly ffmpeg?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<PacketHash[]> {
  const ffmpeg = options.ffmpeg ?? (await findFfmpeg());
  const args = ["-i", file, "-map", "0", "-c", "copy", "-f", "framemd5", "-"];
  const listing = await must(ffmpeg, args, { signal: options.signal });
  return listing
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(parsePacket);
}

/** `stream, dts, pts, duration, size, hash` */
function parsePacket(line: string): PacketHash {
  const fields = line.split(",").map((field) => field.trim());
  const [stream, dts, pts, , size] = fields.map(Number);
  const hash = fields[5];
  if (hash === undefined || ![stream, dts, pts, size].every(Number.isInteger)) {
    throw new Error(`not a line of framemd5: ${line}`);
  }
  return { stream, dts, pts, size, hash } as PacketHash;
}

/** Runs ffmpeg and answers its output; rejects with what it complains about if it fails. */
async function must(ffmpeg: string, args: readonly string[], options: RunOptions): Promise<string> {
  const outcome = await run(ffmpeg, ["-nostdin", "-v", "error", "-y", ...args], options);
  if (outcome.code === 0) return outcome.stdout;
  throw new Error(`${ffmpeg} ${args.join(" ")}: exit code ${outcome.code}\n${outcome.stderr}`);
}

/** One thread and no scene cuts, so that the clip is the same each time. */
function encoding(framesPerSecond: number): string[] {
  const group = ["-g", `${framesPerSecond}`, "-keyint_min", `${framesPerSecond}`];
  const order = ["-bf", "2", "-b_strategy", "0", "-sc_threshold", "0"];
  const video = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-threads", "1"];
  return [...video, ...group, ...order, "-c:a", "aac", "-b:a", "64k", "-f", "flv"];
}

function packaged(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    return executable((require("@ffmpeg-installer/ffmpeg") as { path: string }).path);
  } catch {
    return undefined; // It throws where it has no program for the platform.
  }
}

/** `path`, or that of a copy that may be executed, if an installer forgot to allow it. */
export function executable(path: string): string {
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    const copy = join(scratch(), basename(path));
    copyFileSync(path, copy);
    chmodSync(copy, 0o755);
    return copy;
  }
}

const clips = new Map<string, string>();
let scratchDirectory: string | undefined;

/** A directory that goes with the process. */
function scratch(): string {
  if (scratchDirectory === undefined) {
    const made = mkdtempSync(join(tmpdir(), "rtmfp-ffmpeg-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    scratchDirectory = made;
  }
  return scratchDirectory;
}

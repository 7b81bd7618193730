import type { FileHandle } from "node:fs/promises";
import { MalformedError } from "../../protocol/errors.ts";
import { KeyframeIndex, readKeyframes, type SeekPoint } from "../../protocol/flv/keyframe-index.ts";
import { FLV_HEADER_BYTES, FLV_TAG_HEADER_BYTES, FlvTagType } from "../../protocol/flv/tag.ts";
import { BACK_POINTER_BYTES, PEEK_BYTES, readHead, type TagHead, tagHeads } from "./tag-heads.ts";
import { kindOf } from "./tag-kind.ts";

/** What has to be known of an FLV file to play it from anywhere. */
export interface FlvIndex {
  readonly durationMs: number;
  readonly points: KeyframeIndex;
  /** Set up decoders and describe the file, in its order. BOUNDED: MAX_HEADERS. */
  readonly headers: readonly FlvHeaderTag[];
}

interface FlvHeaderTag {
  readonly slot: string;
  readonly position: number;
}

/** Where the first tag begins. Throws MalformedError for what is no FLV file. */
export async function bodyOf(file: FileHandle): Promise<number> {
  const head = Buffer.alloc(FLV_HEADER_BYTES);
  const { bytesRead } = await file.read(head, 0, FLV_HEADER_BYTES, 0);
  if (bytesRead < FLV_HEADER_BYTES || head.toString("latin1", 0, 3) !== "FLV") {
    throw new MalformedError("not an FLV file");
  }
  return Math.max(head.readUInt32BE(5), FLV_HEADER_BYTES) + BACK_POINTER_BYTES;
}

/**
 * Makes the index of a file of `size` bytes: from the keyframes that its metadata lists, if they are
 * where it says, else by a look at each tag. Throws MalformedError.
 */
export async function indexFlv(file: FileHandle, size: number): Promise<FlvIndex> {
  const body = await bodyOf(file);
  return (await trustMetadata(file, body, size)) ?? scanFlv(file, body, size);
}

/** Looks at the head of each tag. */
export async function scanFlv(file: FileHandle, body: number, size: number): Promise<FlvIndex> {
  const keyframes = new KeyframeIndex();
  const sounds = new KeyframeIndex();
  const headers: FlvHeaderTag[] = [];
  let lastMs = 0;
  let nextSoundMs = 0;
  for await (const { type, timestampMs, position, peek } of tagHeads(file, body, size)) {
    const tag = kindOf(type, peek);
    if (tag.kind === "header" && headers.length < MAX_HEADERS) {
      headers.push({ slot: tag.slot, position });
    }
    if (tag.kind !== "media") continue;
    lastMs = Math.max(lastMs, timestampMs);
    if (tag.isKeyframe) keyframes.add({ timeMs: timestampMs, position });
    else if (type === FlvTagType.audio && timestampMs >= nextSoundMs) {
      sounds.add({ timeMs: timestampMs, position });
      nextSoundMs = timestampMs + SOUND_STEP_MS;
    }
  }
  return { durationMs: lastMs, points: keyframes.size > 0 ? keyframes : sounds, headers };
}

async function trustMetadata(
  file: FileHandle,
  body: number,
  size: number,
): Promise<FlvIndex | undefined> {
  const headers: FlvHeaderTag[] = [];
  let points: KeyframeIndex | undefined;
  for await (const head of tagHeads(file, body, size)) {
    const tag = kindOf(head.type, head.peek);
    if (tag.kind !== "header") break;
    headers.push({ slot: tag.slot, position: head.position });
    if (tag.slot === "metadata") points = readKeyframes(await payloadOf(file, head));
    if (headers.length >= MAX_HEADERS) break;
  }
  const durationMs = points && (await lastTimeOf(file, size));
  if (!points || durationMs === undefined) return undefined;
  const reach = points.at(points.size - 1)?.timeMs ?? 0;
  const isWhole = durationMs - reach <= longestGap(points) * 2 + MAX_TAIL_MS;
  return isWhole && (await areRight(file, points)) ? { durationMs, points, headers } : undefined;
}

/** Looks at some of them, the last included. */
async function areRight(file: FileHandle, points: KeyframeIndex): Promise<boolean> {
  const step = Math.max(1, Math.floor(points.size / SAMPLES));
  const sampled: SeekPoint[] = [...points].filter(
    (_, index) => index % step === 0 || index === points.size - 1,
  );
  for (const { timeMs, position } of sampled) {
    const head = await headAt(file, position);
    if (!head || head.type !== FlvTagType.video) return false;
    const tag = kindOf(head.type, head.peek);
    const isStart = tag.kind === "header" || (tag.kind === "media" && tag.isKeyframe);
    if (!isStart || Math.abs(head.timestampMs - timeMs) > ROUNDING_MS) return false;
  }
  return true;
}

/**
 * The time of the last media that is more than a mark, found through the back pointers at the end;
 * undefined if these are wrong.
 */
export async function lastTimeOf(file: FileHandle, size: number): Promise<number | undefined> {
  let end = size;
  for (let count = 0; count < MAX_BACKWARDS; count += 1) {
    const pointer = Buffer.alloc(BACK_POINTER_BYTES);
    await file.read(pointer, 0, BACK_POINTER_BYTES, end - BACK_POINTER_BYTES);
    const length = pointer.readUInt32BE(0);
    end -= BACK_POINTER_BYTES + length;
    const head = await headAt(file, end);
    if (head?.payloadBytes !== length - FLV_TAG_HEADER_BYTES) return undefined;
    const isMedia = kindOf(head.type, head.peek).kind === "media";
    if (isMedia && head.payloadBytes > MAX_MARK_BYTES) return head.timestampMs;
  }
  return undefined;
}

async function headAt(file: FileHandle, position: number): Promise<TagHead | undefined> {
  if (position < FLV_HEADER_BYTES) return undefined;
  const bytes = Buffer.alloc(FLV_TAG_HEADER_BYTES + PEEK_BYTES);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, position);
  if (bytesRead < FLV_TAG_HEADER_BYTES) return undefined;
  return readHead(bytes.subarray(0, bytesRead), position);
}

/** Its payload in full. */
export async function payloadOf(
  file: FileHandle,
  { position, payloadBytes }: TagHead,
): Promise<Uint8Array> {
  const payload = new Uint8Array(payloadBytes);
  await file.read(payload, 0, payloadBytes, position + FLV_TAG_HEADER_BYTES);
  return payload;
}

function longestGap(points: KeyframeIndex): number {
  let longest = 0;
  let last = 0;
  for (const { timeMs } of points) {
    longest = Math.max(longest, timeMs - last);
    last = timeMs;
  }
  return longest;
}

/** A file whose decoder setup changes more often plays from its start, but not from everywhere. */
const MAX_HEADERS = 1_024;
/** Sound has no keyframes: it can start anywhere. */
const SOUND_STEP_MS = 1_000;
/** Lists that end long before the file does were made before the rest was appended. */
const MAX_TAIL_MS = 10_000;
/** Tags behind the last media: the end of a sequence, data. */
const MAX_BACKWARDS = 16;
/** The end of an H.264 sequence, which some players do not count. */
const MAX_MARK_BYTES = 5;
const SAMPLES = 16;
/** Lists have seconds, often with few digits. */
const ROUNDING_MS = 10;

import { type FileHandle, mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { AmfObject } from "../../protocol/amf/value.ts";
import { readMetadata } from "../../protocol/flv/keyframe-index.ts";
import {
  encodeRecordingMetadata,
  NO_FACTS,
  type RecordingFacts,
} from "../../protocol/flv/recording-metadata.ts";
import {
  encodeFlvHeader,
  encodeFlvTag,
  FLV_TAG_HEADER_BYTES,
  FlvTagType,
} from "../../protocol/flv/tag.ts";
import { payloadOf } from "../vod/flv-index.ts";
import { tagHeads } from "../vod/tag-heads.ts";

/**
 * A file that a stream is recorded to. While it is written its name ends with ".part.flv": it plays
 * as it is, but nobody can seek in it. All methods reject with the errors of the file system.
 */
export class RecordingFile {
  readonly #file: FileHandle;
  /** Without its ending. */
  readonly #base: string;

  private constructor(file: FileHandle, base: string) {
    this.#file = file;
    this.#base = base;
  }

  /** Makes the file and its folders; one that is there already gets a number instead. */
  static async create(base: string): Promise<RecordingFile> {
    await mkdir(dirname(base), { recursive: true });
    const reserved = await reserve(base);
    return new RecordingFile(reserved.file, reserved.base);
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#file.writeFile(bytes);
  }

  /** Says that somebody still writes to it: see `repairRecording`. */
  async touch(): Promise<void> {
    const now = new Date();
    await this.#file.utimes(now, now);
  }

  /** Writes what is known now into its beginning, and gives it its name. */
  async finish(facts: RecordingFacts): Promise<void> {
    try {
      await writeFacts(this.#file, facts);
      await this.#file.datasync();
    } finally {
      await this.#file.close();
    }
    await rename(this.#base + UNFINISHED, this.#base + FINISHED);
  }

  /** It broke: what is in it is for the next start to repair. */
  abandon(): Promise<void> {
    return this.#file.close();
  }
}

export interface Reservation {
  readonly file: FileHandle;
  readonly base: string;
}

/**
 * Makes an unfinished file that may become a finished one: nobody has the name of either, or gets it.
 * Among all who record to a folder the one who made the unfinished file decides on both.
 */
export async function reserve(base: string): Promise<Reservation> {
  for (let count = 1; count <= MAX_NUMBER; count += 1) {
    const numbered = count === 1 ? base : `${base}-${count}`;
    const file = await openNew(numbered + UNFINISHED);
    if (!file) continue;
    if (!(await isThere(numbered + FINISHED))) return { file, base: numbered };
    await file.close();
    await unlink(numbered + UNFINISHED);
  }
  throw new Error(`${base}: there are ${MAX_NUMBER} recordings of that name`);
}

/** Undefined if there is such a file. */
async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "wx+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** How a recording begins. */
export function recordingHead(properties: AmfObject): Uint8Array {
  const payload = encodeRecordingMetadata(properties, NO_FACTS) ?? new Uint8Array();
  return Buffer.concat([
    encodeFlvHeader({ hasAudio: true, hasVideo: true }),
    encodeFlvTag({ type: FlvTagType.data, timestampMs: 0, payload }),
  ]);
}

/** Replaces the metadata at the beginning of a recording by one that knows the facts. */
export async function writeFacts(file: FileHandle, facts: RecordingFacts): Promise<void> {
  for await (const head of tagHeads(file, recordingBody, facts.fileBytes)) {
    const properties = readMetadata(await payloadOf(file, head));
    const payload = properties && encodeRecordingMetadata(properties, facts, head.payloadBytes);
    if (payload) await file.write(payload, 0, payload.length, head.position + FLV_TAG_HEADER_BYTES);
    return;
  }
}

/** Where the first tag of a recording is. */
export const recordingBody: number = encodeFlvHeader({ hasAudio: true, hasVideo: true }).length;
export const UNFINISHED = ".part.flv";
export const FINISHED = ".flv";
/** What follows a name, `-20261121T153000Z-100.part.flv`. */
const MAX_ENDING_BYTES = 30;
/** Names of files have no more, nearly everywhere. */
const MAX_FILE_NAME_BYTES = 255;
/** Longer names of streams have no recordings. */
export const MAX_RECORDED_NAME_BYTES: number = MAX_FILE_NAME_BYTES - MAX_ENDING_BYTES;
/** Recordings of a stream that start in the same second. */
const MAX_NUMBER = 100;

import type { FileHandle } from "node:fs/promises";
import { MalformedError } from "../../protocol/errors.ts";
import { withDuration } from "../../protocol/flv/duration.ts";
import { FlvReader } from "../../protocol/flv/reader.ts";
import { type FlvTag, FlvTagType } from "../../protocol/flv/tag.ts";
import { bodyOf, type FlvIndex, lastTimeOf } from "./flv-index.ts";
import { BACK_POINTER_BYTES } from "./tag-heads.ts";
import { isMetadata } from "./tag-kind.ts";
import type { SourceStart, TagSource } from "./tag-source.ts";

export interface FlvSourceOptions {
  readonly file: FileHandle;
  /** Of the file, in bytes, when it was opened. */
  readonly size: number;
  /** Asked for when it is needed: a look at the whole file may take time. */
  index(): Promise<FlvIndex>;
  onClose(): void;
}

/** An FLV file that is read while it plays. */
export class FlvSource implements TagSource {
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #index: () => Promise<FlvIndex>;
  readonly #onClose: () => void;
  #endMs: number | undefined;
  #reader = new FlvReader();
  #position = 0;

  constructor({ file, size, index, onClose }: FlvSourceOptions) {
    this.#file = file;
    this.#size = size;
    this.#onClose = onClose;
    this.#index = index;
  }

  async seek(timeMs: number): Promise<SourceStart | undefined> {
    this.#endMs ??= await lastTimeOf(this.#file, this.#size);
    if (timeMs <= 0) {
      this.#goTo(await bodyOf(this.#file));
      return { timeMs: 0, heads: [] };
    }
    const index = await this.#index();
    const point = index.points.before(timeMs);
    if (timeMs > index.durationMs || !point) return undefined;
    const heads: FlvTag[] = [];
    for (const position of headersBefore(index, point.position)) {
      this.#goTo(position);
      const [head] = await this.read();
      if (head) heads.push({ ...head, timestampMs: point.timeMs });
    }
    this.#goTo(point.position);
    return { timeMs: point.timeMs, heads };
  }

  async read(): Promise<readonly FlvTag[]> {
    for (;;) {
      const bytes = new Uint8Array(READ_BYTES);
      const { bytesRead } = await this.#file.read(bytes, 0, READ_BYTES, this.#position);
      if (bytesRead === 0) return [];
      this.#position += bytesRead;
      this.#reader.push(bytes.subarray(0, bytesRead));
      const tags = this.#take();
      if (tags === "broken" || tags.length > 0) return tags === "broken" ? [] : tags;
    }
  }

  async close(): Promise<void> {
    this.#onClose();
    await this.#file.close();
  }

  /** What breaks off, or is no FLV from some place on, ends there. */
  #take(): readonly FlvTag[] | "broken" {
    const tags: FlvTag[] = [];
    try {
      for (let tag = this.#reader.next(); tag; tag = this.#reader.next()) {
        tags.push(this.#corrected(tag));
      }
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      if (tags.length === 0) return "broken";
    }
    return tags;
  }

  /**
   * Files give the end of their last picture, or nothing, for the duration. Programs such as rtmpdump
   * know by it whether they have all, and compare it with the time of what came last.
   */
  #corrected(tag: FlvTag): FlvTag {
    const isDescription = tag.type === FlvTagType.data && isMetadata(tag.payload);
    if (this.#endMs === undefined || !isDescription) return tag;
    return { ...tag, payload: withDuration(tag.payload, this.#endMs) };
  }

  #goTo(position: number): void {
    this.#reader = new FlvReader({ isInside: true });
    this.#position = position - BACK_POINTER_BYTES;
  }
}

/** The latest of each slot. */
function headersBefore({ headers }: FlvIndex, position: number): number[] {
  const slots = new Map<string, number>();
  for (const header of headers) {
    if (header.position < position) slots.set(header.slot, header.position);
  }
  return [...slots.values()];
}

/** A second of 1 Mbit/s: what a player holds of a file. */
const READ_BYTES = 131_072;

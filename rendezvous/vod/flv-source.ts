import type { FileHandle } from "node:fs/promises";
import { MalformedError } from "../../protocol/errors.ts";
import { FlvReader } from "../../protocol/flv/reader.ts";
import type { FlvTag } from "../../protocol/flv/tag.ts";
import { bodyOf, type FlvIndex } from "./flv-index.ts";
import { BACK_POINTER_BYTES } from "./tag-heads.ts";

/** A recording, read one piece after another. All rejects with the errors of the file system. */
export interface TagSource {
  /**
   * Goes to the last place not after `timeMs` where playing can start. Answers what decoders need to
   * start there, or undefined if the recording ends before `timeMs`.
   */
  seek(timeMs: number): Promise<readonly FlvTag[] | undefined>;
  /** The next tags; none at the end. */
  read(): Promise<readonly FlvTag[]>;
  close(): Promise<void>;
}

/** An FLV file that is read while it plays. `index` is asked for when it is needed. */
export class FlvSource implements TagSource {
  readonly #file: FileHandle;
  readonly #index: () => Promise<FlvIndex>;
  #reader = new FlvReader();
  #position = 0;

  constructor(file: FileHandle, index: () => Promise<FlvIndex>) {
    this.#file = file;
    this.#index = index;
  }

  async seek(timeMs: number): Promise<readonly FlvTag[] | undefined> {
    if (timeMs <= 0) {
      this.#goTo(await bodyOf(this.#file));
      return [];
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
    return heads;
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

  close(): Promise<void> {
    return this.#file.close();
  }

  /** What breaks off, or is no FLV from some place on, ends there. */
  #take(): readonly FlvTag[] | "broken" {
    const tags: FlvTag[] = [];
    try {
      for (let tag = this.#reader.next(); tag; tag = this.#reader.next()) tags.push(tag);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      if (tags.length === 0) return "broken";
    }
    return tags;
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

import type { FlvTag } from "../../protocol/flv/tag.ts";

/** A recording, read one piece after another. All rejects with the errors of the file system. */
export interface TagSource {
  /**
   * Goes to the last place not after `timeMs` where playing can start. Undefined if the recording ends
   * before `timeMs`.
   */
  seek(timeMs: number): Promise<SourceStart | undefined>;
  /** The next tags; none at the end. */
  read(): Promise<readonly FlvTag[]>;
  close(): Promise<void>;
}

/** Where playing starts. */
export interface SourceStart {
  readonly timeMs: number;
  /** What decoders need that comes before. */
  readonly heads: readonly FlvTag[];
}

import { RtmfpError } from "../../protocol/errors.ts";

/** A file as it is now: one that is written to becomes another. */
export interface FileVersion {
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/** Somebody uses an index. */
export interface Loan<Index> {
  readonly index: Promise<Index>;
  /** It is used no more. */
  giveBack(): void;
}

export interface IndexShelfOptions<Index> {
  load(path: string, size: number): Promise<Index>;
  /** About how many bytes of memory it takes. */
  weigh(index: Index): number;
  /** All together may have. */
  readonly maxBytes: number;
}

/**
 * What is known of files by looking through them: made once for all who play the same, and kept while
 * there is room. An index rejects with what `load` does, or with LIMIT if those in use leave no room.
 */
export class IndexShelf<Index> {
  readonly #options: IndexShelfOptions<Index>;
  /** The latest used last. BOUNDED: maxBytes, and what loads or fails by those who wait for it. */
  readonly #entries = new Map<string, Entry<Index>>();
  #bytes = 0;

  constructor(options: IndexShelfOptions<Index>) {
    this.#options = options;
  }

  borrow(version: FileVersion): Loan<Index> {
    const key = `${version.size} ${version.modifiedMs} ${version.path}`;
    const entry = this.#entries.get(key) ?? this.#load(key, version);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users += 1;
    let isUsed = true;
    const giveBack = (): void => {
      if (isUsed) entry.users -= 1;
      isUsed = false;
      this.#makeRoom();
    };
    return { index: entry.index, giveBack };
  }

  #load(key: string, { path, size }: FileVersion): Entry<Index> {
    const { load, weigh } = this.#options;
    const place = async (): Promise<Index> => {
      const index = await load(path, size);
      // Nobody waits for it, and there was no room.
      if (this.#entries.get(key) !== entry) return index;
      entry.bytes = weigh(index);
      this.#bytes += entry.bytes;
      this.#makeRoom();
      if (this.#bytes > this.#options.maxBytes) {
        throw new RtmfpError("LIMIT", "too many large files are played");
      }
      return index;
    };
    const entry: Entry<Index> = { index: place(), bytes: 0, users: 0 };
    entry.index.catch(() => this.#drop(key, entry));
    return entry;
  }

  #makeRoom(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#bytes <= this.#options.maxBytes) return;
      if (entry.users === 0) this.#drop(key, entry);
    }
  }

  #drop(key: string, entry: Entry<Index>): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}

interface Entry<Index> {
  readonly index: Promise<Index>;
  /** 0 until it is there. */
  bytes: number;
  users: number;
}

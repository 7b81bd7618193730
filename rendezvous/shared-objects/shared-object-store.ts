import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Alarm, Io } from "../../protocol/io.ts";
import type { SharedObjectMessage } from "../../protocol/rtmp/shared-object.ts";
import { writeWhole } from "../kept-file.ts";
import type { RendezvousLogger } from "../logger.ts";
import { decodeKept, encodeKept } from "./kept-format.ts";
import type { SharedObjectKey } from "./shared-object.ts";
import type { KeptSharedObject, SharedObjectKeeper } from "./shared-objects.ts";

/**
 * Persistent shared objects in a folder, a file each. An object is written a second after its first
 * change, whole: a crash costs that second, and never leaves half an object.
 */
export class SharedObjectStore implements SharedObjectKeeper {
  readonly #folder: string;
  readonly #io: Io;
  readonly #logger: RendezvousLogger;
  /** What is to be written, by file. BOUNDED: by the objects that there are and were this second. */
  readonly #changed = new Map<string, () => Uint8Array | undefined>();
  readonly #alarm: Alarm;
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string, io: Io, logger: RendezvousLogger) {
    this.#folder = folder;
    this.#io = io;
    this.#logger = logger;
    this.#alarm = io.alarm(() => void this.flush());
  }

  /** Makes the folder if there is none. Rejects with the error of the file system. */
  static async open(folder: string, io: Io, logger: RendezvousLogger): Promise<SharedObjectStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new SharedObjectStore(folder, io, logger);
  }

  /**
   * What was kept, `maxObjects` and `maxBytes` at most. A file that is no object stays where it is;
   * what a crash left half written goes. Rejects with the error of the file system.
   */
  async load(maxObjects: number, maxBytes: number): Promise<KeptSharedObject[]> {
    const kept: KeptSharedObject[] = [];
    let bytes = 0;
    for (const file of await readdir(this.#folder)) {
      const path = join(this.#folder, file);
      if (isDraft(file)) await rm(path, { force: true });
      if (!isObject(file)) continue;
      bytes += (await stat(path)).size;
      if (kept.length >= maxObjects || bytes > maxBytes) {
        this.#logger.error({ path }, "no room for more shared objects: this one and others wait");
        break;
      }
      const object = await this.#read(path);
      if (object) kept.push(object);
    }
    return kept;
  }

  changed(key: SharedObjectKey, content: () => SharedObjectMessage | undefined): void {
    const { app, name } = key;
    if (this.#changed.size === 0) this.#alarm.set(this.#io.now() + WRITE_AFTER_MS);
    this.#changed.set(fileOf(app, name), () => {
      const kept = content();
      return kept && encodeKept({ app, content: kept });
    });
  }

  /** Writes what has changed; resolves when it is written, or logged as impossible. */
  flush(): Promise<void> {
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.#writing = this.#writing.then(() => this.#writeAll());
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const [file, make] of changed) {
      const path = join(this.#folder, file);
      try {
        const bytes = make();
        if (bytes) await writeWhole(path, bytes);
        else await rm(path, { force: true });
      } catch (error) {
        this.#logger.error({ err: error, path }, "a shared object was not kept");
      }
    }
  }

  async #read(path: string): Promise<KeptSharedObject | undefined> {
    try {
      return decodeKept(new Uint8Array(await readFile(path)));
    } catch (error) {
      if (!(error instanceof RtmfpError)) throw error;
      this.#logger.error({ err: error, path }, "not a shared object");
      return undefined;
    }
  }
}

/** A name that says nothing: whatever clients call their objects, no path comes of it. */
function fileOf(app: string, name: string): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([app, name]))
    .digest("hex");
  return `${hash}${EXTENSION}`;
}

function isObject(file: string): boolean {
  return /^[0-9a-f]{64}\.so$/.test(file);
}

/** As `writeWhole` calls them. */
function isDraft(file: string): boolean {
  return /^[0-9a-f]{64}\.so\.[0-9a-f]{16}$/.test(file);
}

const EXTENSION = ".so";
/** A game's objects change many times a second. */
const WRITE_AFTER_MS = 1_000;

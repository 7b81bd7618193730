import type { RecordingFacts } from "../../protocol/flv/recording-metadata.ts";
import type { CacheBudget } from "../../protocol/tc/cache-budget.ts";
import { RecordingFile } from "./recording-file.ts";

export interface RecordingQueueHost {
  /** What all recordings may hold together that is not written yet. */
  readonly budget: CacheBudget;
  onError(error: unknown): void;
}

/**
 * What waits to be written to one file. The disk never holds anybody up: what it does not take in
 * time is not put here, and whatever goes wrong ends the file.
 */
export class RecordingQueue {
  readonly #host: RecordingQueueHost;
  readonly #file: Promise<RecordingFile | undefined>;
  /** BOUNDED: MAX_QUEUED_BYTES, and the budget. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #written: Promise<void> = Promise.resolve();
  #hasFailed = false;

  /** `base`: the path of the file without its ending. */
  constructor(base: string, host: RecordingQueueHost) {
    this.#host = host;
    this.#file = RecordingFile.create(base).catch((error: unknown) => this.#fail(error));
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  hasRoom(bytes: number): boolean {
    return hasQueueRoom(this.#host.budget, bytes, this.#waitingBytes);
  }

  /** What there is room for. */
  push(bytes: Uint8Array): void {
    if (this.#hasFailed) return;
    this.#host.budget.hold(bytes.length);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (!this.#isWriting) this.#written = this.#write();
  }

  /** Keeps others from repairing a file that nothing comes for. What is wrong shows when it is written. */
  async touch(): Promise<void> {
    const file = await this.#file;
    await file?.touch().catch(() => undefined);
  }

  /** Resolves when everything is written and the file has its name; nothing may be pushed after. */
  async finish(facts: RecordingFacts): Promise<void> {
    await this.#written;
    const file = await this.#file;
    if (this.#hasFailed) return this.abandon();
    try {
      await file?.finish(facts);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Closes a file that failed. */
  async abandon(): Promise<void> {
    await this.#written;
    const file = await this.#file;
    await file?.abandon().catch(() => undefined);
  }

  /** What comes while something is written goes out in one piece after it. */
  async #write(): Promise<void> {
    this.#isWriting = true;
    const file = await this.#file;
    while (this.#waiting.length > 0) {
      const batch = Buffer.concat(this.#waiting);
      this.#waiting = [];
      try {
        if (!this.#hasFailed) await file?.append(batch);
      } catch (error) {
        this.#fail(error);
      }
      this.#waitingBytes -= batch.length;
      this.#host.budget.free(batch.length);
    }
    this.#isWriting = false;
  }

  #fail(error: unknown): undefined {
    this.#hasFailed = true;
    this.#host.onError(error);
  }
}

/** Is there room for `bytes` in a queue where `waitingBytes` are already? */
export function hasQueueRoom(budget: CacheBudget, bytes: number, waitingBytes = 0): boolean {
  return waitingBytes + bytes <= MAX_QUEUED_BYTES && budget.hasRoom(bytes);
}

/** A second of 64 Mbit/s. */
const MAX_QUEUED_BYTES = 8_388_608;

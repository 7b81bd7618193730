import { repairRecording, unfinishedIn } from "./repair.ts";

export interface LeftBehindHost {
  /** Milliseconds since 1970. */
  wallClock(): number;
  /** A recording is complete now. */
  onRepaired(file: string): void;
  onError(error: unknown): void;
}

/**
 * The unfinished recordings that were there at the start: those that a crash has left are repaired,
 * those that another server still writes are not touched until it has been silent for some time.
 */
export class LeftBehind {
  readonly #host: LeftBehindHost;
  /** BOUNDED: by what was in the folder. */
  #paths: readonly string[] = [];
  #repairing: Promise<void> | undefined;

  constructor(host: LeftBehindHost) {
    this.#host = host;
  }

  /** Nothing is left to be looked at again. */
  get isEmpty(): boolean {
    return this.#paths.length === 0;
  }

  /** Rejects if the folder cannot be read. */
  async find(folder: string): Promise<void> {
    this.#paths = await unfinishedIn(folder);
  }

  /** Repairs what can be repaired by now; what is under way already is not started again. */
  repair(): Promise<void> {
    this.#repairing ??= this.#repair().finally(() => {
      this.#repairing = undefined;
    });
    return this.#repairing;
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#paths = [];
    await this.#repairing;
  }

  async #repair(): Promise<void> {
    const inUse: string[] = [];
    for (const path of this.#paths) {
      if (this.isEmpty) return;
      const file = await this.#tryRepair(path);
      if (file === "in-use") inUse.push(path);
      else if (file !== undefined) this.#host.onRepaired(file);
    }
    if (!this.isEmpty) this.#paths = inUse;
  }

  /** What cannot be repaired is left as it is; what is gone was finished by who writes it. */
  async #tryRepair(path: string): Promise<string | undefined> {
    try {
      return await repairRecording(path, this.#host.wallClock());
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (!isGone) this.#host.onError(error);
      return undefined;
    }
  }
}

import { join } from "node:path";
import type { Alarm } from "../../protocol/io.ts";
import { CacheBudget } from "../../protocol/tc/cache-budget.ts";
import type { StreamDirectory } from "../media/stream-directory.ts";
import type { StreamWatcher } from "../media/stream-watcher.ts";
import { mediaParts } from "../vod/media-path.ts";
import { LeftBehind } from "./left-behind.ts";
import { MAX_RECORDED_NAME_BYTES } from "./recording-file.ts";
import { TOUCH_MS } from "./repair.ts";
import type { RecordingLimits } from "./segment.ts";
import { StreamRecorder } from "./stream-recorder.ts";

export interface RecordingOptions {
  /** The folder to record to: each stream into `directory/app/name-time.flv`. */
  readonly directory: string;
  /**
   * Which streams: all, or those that are published as "record" or "append". Nothing is ever
   * overwritten: each publication gets a file of its own.
   * @default "all"
   */
  readonly streams?: "all" | "asked" | undefined;
  /**
   * How long a file may get before another follows, ms.
   * @default 3 600 000
   */
  readonly maxMs?: number | undefined;
  /**
   * How large a file may get before another follows.
   * @default 2 147 483 648
   */
  readonly maxBytes?: number | undefined;
}

export interface RecorderHost {
  readonly streams: StreamDirectory;
  /** Runs what changes streams. */
  turn(change: (now: number) => void): void;
  /** Milliseconds since 1970. */
  wallClock(): number;
  alarm(ring: () => void): Alarm;
  /** A stream whose name cannot be that of a file. */
  onUnrecordable(app: string, name: string): void;
  /** What a crash has left is complete now. */
  onRepaired(file: string): void;
  onError(error: unknown): void;
}

/** Records live streams to files. */
export class Recorder implements StreamWatcher {
  readonly #options: RecordingOptions;
  readonly #limits: RecordingLimits;
  readonly #host: RecorderHost;
  readonly #budget = new CacheBudget(MAX_QUEUED_BYTES);
  /** BOUNDED: by the streams that are published. */
  readonly #recording = new Map<string, Entry>();
  /** BOUNDED: by the streams that ended while the disk was slow. */
  readonly #endings = new Set<Promise<void>>();
  readonly #leftBehind: LeftBehind;
  readonly #alarm: Alarm;
  #isAlarmSet = false;

  constructor(options: RecordingOptions, host: RecorderHost) {
    this.#options = options;
    this.#limits = {
      maxMs: options.maxMs ?? 3_600_000,
      maxBytes: options.maxBytes ?? 2_147_483_648,
    };
    this.#host = host;
    this.#leftBehind = new LeftBehind(host);
    this.#alarm = host.alarm(() => this.#tend());
  }

  /**
   * Finishes what a crash has left; what another server may still write is looked at again later.
   * Rejects if the folder cannot be read.
   */
  async repair(): Promise<void> {
    await this.#leftBehind.find(this.#options.directory);
    await this.#leftBehind.repair();
    this.#host.turn((now) => this.#setAlarm(now));
  }

  onPublish(app: string, name: string, type: string, now: number): void {
    const isAsked = type === "record" || type === "append";
    if (this.#options.streams === "asked" && !isAsked) return;
    const parts = recordedParts(app, name);
    if (!parts) {
      this.#host.onUnrecordable(app, name);
      return;
    }
    const found = this.#host.streams.play(app, name);
    if ("code" in found) return;
    const recorder = new StreamRecorder(this.#limits, {
      budget: this.#budget,
      nextPath: () => `${join(this.#options.directory, ...parts)}-${this.#stamp()}`,
      onError: (error) => this.#host.onError(error),
    });
    const leave = found.play(recorder, now);
    this.#recording.set(keyOf(app, name), { recorder, leave });
    this.#setAlarm(now);
  }

  onUnpublish(app: string, name: string): void {
    this.#end(keyOf(app, name));
  }

  /** Resolves when all recordings are complete. */
  async close(): Promise<void> {
    this.#host.turn(() => {
      for (const key of [...this.#recording.keys()]) this.#end(key);
    });
    this.#alarm.set(Number.POSITIVE_INFINITY);
    await Promise.all([...this.#endings, this.#leftBehind.close()]);
  }

  /** Only while there is something to tend. */
  #setAlarm(now: number): void {
    if (this.#isAlarmSet || (this.#recording.size === 0 && this.#leftBehind.isEmpty)) return;
    this.#isAlarmSet = true;
    this.#alarm.set(now + TOUCH_MS);
  }

  #tend(): void {
    this.#isAlarmSet = false;
    for (const { recorder } of this.#recording.values()) recorder.touch();
    void this.#leftBehind.repair();
    this.#host.turn((now) => this.#setAlarm(now));
  }

  #end(key: string): void {
    const entry = this.#recording.get(key);
    if (!entry) return;
    this.#recording.delete(key);
    entry.leave();
    const ending = entry.recorder.end().finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
  }

  /** `20261121T153000Z` */
  #stamp(): string {
    return new Date(this.#host.wallClock()).toISOString().replace(/[-:]|\.\d+/g, "");
  }
}

interface Entry {
  readonly recorder: StreamRecorder;
  leave(): void;
}

/** Of the path; undefined if the name leads elsewhere, or is too long for a file. */
function recordedParts(app: string, name: string): readonly string[] | undefined {
  const parts = mediaParts(app, name);
  const isTooLong = Buffer.byteLength(parts?.at(-1) ?? "") > MAX_RECORDED_NAME_BYTES;
  return isTooLong ? undefined : parts;
}

function keyOf(app: string, name: string): string {
  return JSON.stringify([app, name]);
}

/** Beyond, recordings of a disk that does not keep up have gaps. */
const MAX_QUEUED_BYTES = 268_435_456;

import { Ring } from "../../protocol/bytes/ring.ts";
import { type FlvTag, FlvTagType } from "../../protocol/flv/tag.ts";
import type { Alarm } from "../../protocol/io.ts";
import type { Playback, PlayRequest } from "../../protocol/tc/playback.ts";
import { failure } from "../../protocol/tc/status.ts";
import { Pace } from "./pace.ts";
import type { RecordedSender } from "./recorded-sender.ts";
import { kindOf } from "./tag-kind.ts";
import type { SourceStart, TagSource } from "./tag-source.ts";

/** The world of a playback. */
export interface PlaybackHost {
  /** Runs what sends. Never throws. */
  turn(change: (now: number) => void): void;
  alarm(ring: () => void): Alarm;
  /** A recording could not be read. */
  onError(error: unknown): void;
}

/**
 * Plays a recording to one far end: as fast as it wants to be ahead of its time, and never more than
 * its connection takes. Of the recording it holds what it read last.
 */
export class RecordedPlayback implements Playback {
  readonly #source: TagSource;
  readonly #sender: RecordedSender;
  readonly #host: PlaybackHost;
  readonly #alarm: Alarm;
  readonly #pace = new Pace();
  readonly #tags = new Ring<FlvTag>();
  readonly #wanted = { audio: true, video: true };
  readonly #endMs: number;
  /** "SEEKING" and "READING": the file is asked. */
  #state: "PLAYING" | "SEEKING" | "READING" | "COMPLETE" | "STOPPED" = "SEEKING";
  /** Whatever the file answers, nothing is played. */
  #isPaused = false;
  /** The file is asked for one thing after another. */
  #asked: Promise<unknown> = Promise.resolve();
  /** Goes up when something else is wanted: what the file answers to earlier questions is of no use. */
  #question = 0;
  /** The far end's time 0: where it wanted to start. After a seek it counts from the file's. */
  #zeroMs = 0;
  #startMs: number | undefined;
  #positionMs = 0;
  /** The far end has the media up to here. */
  #knownMs = -1;
  #needsKeyframe = false;

  constructor(
    source: TagSource,
    sender: RecordedSender,
    request: PlayRequest,
    host: PlaybackHost,
    now: number,
  ) {
    this.#source = source;
    this.#sender = sender;
    this.#host = host;
    this.#alarm = host.alarm(() => host.turn((at) => this.#pump(at)));
    const fromMs = typeof request.from === "number" ? request.from : 0;
    this.#endMs = fromMs + (request.durationMs ?? Number.POSITIVE_INFINITY);
    sender.start(request.isReset, now);
    this.#goTo(fromMs, (start, at) => {
      if (start) this.#zeroMs = start.timeMs;
      else this.#complete(at);
    });
  }

  get isOver(): boolean {
    return this.#state === "COMPLETE" || this.#state === "STOPPED";
  }

  /** RTMP 1.0 §7.2.2.9: what is not behind `atMs` is not sent again when it goes on. */
  pause(isPaused: boolean, atMs: number, now: number): void {
    if (this.#state === "STOPPED" || isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) {
      // What is read now is read again; where to go is still to be found.
      if (this.#state === "READING") this.#question += 1;
      if (this.#state !== "SEEKING") this.#state = "PLAYING";
      this.#sender.paused(now);
      return;
    }
    this.#sender.resumed(now);
    if (this.#state === "SEEKING") return;
    const shownMs = atMs + this.#zeroMs;
    this.#goOn(atMs > 0 ? Math.min(shownMs, this.#positionMs) : this.#positionMs);
  }

  seek(toMs: number): void {
    if (this.#state === "STOPPED") return;
    const beforeMs = this.#positionMs;
    this.#goTo(toMs, (start, at) => {
      if (start) {
        this.#zeroMs = 0;
        this.#positionMs = toMs;
        this.#sender.seeked(toMs, at);
        return;
      }
      this.#sender.seekFailed(at);
      if (!this.#isPaused) this.#goOn(beforeMs);
    });
  }

  setBufferLength(bufferMs: number, now: number): void {
    this.#pace.aheadMs = bufferMs;
    this.#pump(now);
  }

  receive(kind: "audio" | "video", isWanted: boolean): void {
    if (kind === "video" && isWanted && !this.#wanted.video) this.#needsKeyframe = true;
    this.#wanted[kind] = isWanted;
  }

  onWritable(now: number): void {
    if (this.#sender.unsentBytes <= MAX_UNSENT_BYTES) this.#pump(now);
  }

  stop(): void {
    if (this.#state === "STOPPED") return;
    this.#state = "STOPPED";
    this.#question += 1;
    this.#tags.clear();
    this.#alarm.set(Number.POSITIVE_INFINITY);
    const close = (): Promise<void> => this.#source.close();
    this.#asked.then(close).catch((error: unknown) => this.#host.onError(error));
  }

  /** Goes on behind a position: decoding starts before it, at what the far end knows already. */
  #goOn(behindMs: number): void {
    this.#goTo(behindMs, () => {
      this.#knownMs = behindMs;
    });
  }

  /**
   * `then` hears where playing starts, or undefined if the recording does not reach that far; unless it
   * says otherwise, it plays there.
   */
  #goTo(positionMs: number, then: (start: SourceStart | undefined, now: number) => void): void {
    this.#tags.clear();
    this.#ask(
      "SEEKING",
      () => this.#source.seek(positionMs),
      (start, now) => {
        this.#knownMs = -1;
        this.#needsKeyframe = false;
        this.#pace.restart();
        then(start, now);
        for (const head of start?.heads ?? []) this.#send(head, now);
      },
    );
  }

  /** `then` gets what the file answers, unless something else is wanted by then. */
  #ask<Answer>(
    state: "SEEKING" | "READING",
    ask: () => Promise<Answer>,
    then: (answer: Answer, now: number) => void,
  ): void {
    this.#state = state;
    this.#question += 1;
    const question = this.#question;
    const isWanted = (): boolean => question === this.#question;
    const act = (change: (now: number) => void): void => {
      if (!isWanted()) return;
      this.#host.turn((now) => {
        this.#state = "PLAYING";
        change(now);
        this.#pump(now);
      });
    };
    const answered = this.#asked.then(async () => {
      if (!isWanted()) return;
      const answer = await ask();
      act((now) => then(answer, now));
    });
    this.#asked = answered.catch((error: unknown) => act((now) => this.#fail(error, now)));
  }

  #pump(now: number): void {
    while (this.#state === "PLAYING" && !this.#isPaused) {
      const tag = this.#tags.at(0);
      if (!tag) {
        this.#read();
        return;
      }
      const isFull = this.#sender.unsentBytes > MAX_UNSENT_BYTES;
      const at = isFull ? now + RETRY_MS : this.#pace.dueAt(tag.timestampMs, now);
      if (at > now) {
        this.#alarm.set(Math.max(at, now + STEP_MS));
        return;
      }
      this.#tags.shift();
      this.#play(tag, now);
    }
  }

  #read(): void {
    this.#ask(
      "READING",
      () => this.#source.read(),
      (tags, now) => {
        for (const tag of tags) this.#tags.push(tag);
        if (tags.length === 0) this.#complete(now);
      },
    );
  }

  #play(tag: FlvTag, now: number): void {
    const { type, timestampMs, payload } = tag;
    if (!CARRIED.has(type)) return;
    const kind = kindOf(type, payload);
    if (kind.kind === "media") {
      if (timestampMs > this.#endMs) {
        this.#complete(now);
        return;
      }
      this.#startMs ??= timestampMs;
      this.#positionMs = timestampMs;
      if (timestampMs <= this.#knownMs || !this.#isWanted(type, kind.isKeyframe)) return;
    }
    this.#send(tag, now);
  }

  #send(tag: FlvTag, now: number): void {
    this.#sender.send({ ...tag, timestampMs: Math.max(tag.timestampMs - this.#zeroMs, 0) }, now);
  }

  #isWanted(type: number, isKeyframe: boolean): boolean {
    if (type === FlvTagType.audio) return this.#wanted.audio;
    if (isKeyframe) this.#needsKeyframe = false;
    return this.#wanted.video && !this.#needsKeyframe;
  }

  #complete(now: number): void {
    this.#state = "COMPLETE";
    this.#tags.clear();
    this.#sender.complete(this.#positionMs - (this.#startMs ?? this.#positionMs), now);
  }

  #fail(error: unknown, now: number): void {
    this.stop();
    this.#host.onError(error);
    this.#sender.fail(failure("NetStream.Play.Failed", "The recording cannot be read."), now);
  }
}

const CARRIED: ReadonlySet<number> = new Set(Object.values(FlvTagType));
/** A fast connection takes it in a few milliseconds, and a slow one holds no more than that. */
const MAX_UNSENT_BYTES = 524_288;
const RETRY_MS = 10;
/** Media that is due one by one goes out together: fewer, larger writes. */
const STEP_MS = 20;

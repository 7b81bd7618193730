import { MessageType } from "../../protocol/rtmp/message.ts";
import { decodeUserControl } from "../../protocol/rtmp/user-control.ts";
import { decodeData } from "../../protocol/tc/command.ts";
import type { Playback, RecordedOutlet } from "../../protocol/tc/playback.ts";
import { readStatus } from "../../protocol/tc/status.ts";
import { MediaLibrary } from "../../rendezvous/vod/library.ts";
import { ManualIo } from "./manual-io.ts";

/** A library, and one who plays from it and writes down what comes. */
export class RecordedPlay {
  readonly io: ManualIo = new ManualIo();
  readonly errors: unknown[] = [];
  readonly root: string;
  readonly library: MediaLibrary;
  /** "streamBegin", "Play.Start", "video 100" … */
  readonly notes: string[] = [];
  readonly outlet: RecordedOutlet;
  unsentBytes = 0;
  /** Something is to be played after it. */
  hasNext = false;
  /** How often it was time for that. */
  ends = 0;

  constructor(root: string, maxPlaybacks?: number) {
    const host = {
      turn: (change: (now: number) => void) => change(this.io.now()),
      alarm: (ring: () => void) => this.io.alarm(ring),
      onError: (error: unknown) => this.errors.push(error),
    };
    this.root = root;
    this.library = new MediaLibrary(root, host, maxPlaybacks);
    const unsent = (): number => this.unsentBytes;
    const hasNext = (): boolean => this.hasNext;
    this.outlet = {
      streamId: 1,
      get unsentBytes() {
        return unsent();
      },
      send: ({ type, payload, timestampMs, streamId }) => {
        if (type === MessageType.userControl) this.notes.push(decodeUserControl(payload).event);
        else if (type === MessageType.dataAmf0)
          this.#noteData({ type, payload, timestampMs, streamId });
        else this.notes.push(`${type === MessageType.video ? "video" : "audio"} ${timestampMs}`);
      },
      get hasNext() {
        return hasNext();
      },
      end: () => {
        this.ends += 1;
      },
      synchronize: () => undefined,
      playLive: (live, now) => {
        this.notes.push("live");
        const stop = live.play(
          {
            onPublish: () => undefined,
            onMedia: () => undefined,
            onUnpublish: () => undefined,
            onFailure: () => undefined,
          },
          now,
        );
        return { ...IDLE, stop };
      },
      status: ({ code }) => void this.notes.push(code.replace("NetStream.", "")),
    };
  }

  play(name: string, from: number | "any" = 0, durationMs?: number, app = "vod"): Playback {
    const request = { name, from, durationMs, isReset: true };
    return this.library.recorded(app, name, undefined).playRecorded(this.outlet, request, 0);
  }

  /** What was noted since it was last asked. */
  take(): string[] {
    return this.notes.splice(0);
  }

  #noteData(message: Parameters<typeof decodeData>[0]): void {
    const data = decodeData(message);
    const code = readStatus(data?.values ?? [])?.code;
    this.notes.push(code ? `${data?.name} ${code.replace("NetStream.", "")}` : `${data?.name}`);
  }
}

const IDLE = {
  isOver: false,
  pause: () => undefined,
  seek: () => undefined,
  receive: () => undefined,
  setBufferLength: () => undefined,
  onWritable: () => undefined,
} as const;

import { open } from "node:fs/promises";
import type { Playable } from "../../protocol/tc/live-stream.ts";
import type {
  Playback,
  PlayRequest,
  Recorded,
  RecordedOutlet,
} from "../../protocol/tc/playback.ts";
import { failure } from "../../protocol/tc/status.ts";
import { AwaitedPlayback } from "./awaited-playback.ts";
import { type FlvIndex, indexFlv } from "./flv-index.ts";
import { FlvSource } from "./flv-source.ts";
import { type MediaFile, openMedia } from "./media-path.ts";
import { type PlaybackHost, RecordedPlayback } from "./playback.ts";
import { RecordedSender } from "./recorded-sender.ts";

/** The recordings under a folder: an application is a folder in it. */
export class MediaLibrary {
  readonly #root: string;
  readonly #host: PlaybackHost;
  /** By path, size and time of the file, the latest used last. BOUNDED: MAX_INDEXES. */
  readonly #indexes = new Map<string, Promise<FlvIndex>>();

  readonly #maxPlaybacks: number;
  /** BOUNDED: maxPlaybacks, or about that while files are being opened. */
  #playbacks = 0;

  constructor(root: string, host: PlaybackHost, maxPlaybacks: number = MAX_PLAYBACKS) {
    this.#root = root;
    this.#host = host;
    this.#maxPlaybacks = maxPlaybacks;
  }

  /** What to play; `live` if there is no such recording, or nothing without. */
  recorded(app: string, name: string, live: Playable | undefined): Recorded {
    return {
      playRecorded: (outlet, request, startedAt) => {
        const awaited = new AwaitedPlayback();
        if (this.#playbacks >= this.#maxPlaybacks) {
          outlet.status(failure("NetStream.Play.Failed", "Too many play recordings."), startedAt);
          return awaited;
        }
        const settle = (media: MediaFile | undefined, now: number): void => {
          const playback = media
            ? this.#play(media, outlet, request, now)
            : live && outlet.playLive(live, now);
          if (playback) awaited.settle(playback, now);
          else outlet.status(failure(NOT_FOUND, `There is no ${request.name}.`), now);
        };
        this.#open(app, name, awaited, settle);
        return awaited;
      },
    };
  }

  /** How long a recording is, ms; 0 if there is none, or if it cannot be read. */
  tellLength(app: string, name: string, tell: (lengthMs: number, now: number) => void): void {
    this.#lengthMs(app, name)
      .catch((error: unknown) => {
        this.#host.onError(error);
        return 0;
      })
      .then((lengthMs) => this.#host.turn((now) => tell(lengthMs, now)))
      .catch((error: unknown) => this.#host.onError(error));
  }

  async #lengthMs(app: string, name: string): Promise<number> {
    const media = await openMedia(this.#root, app, name);
    if (!media) return 0;
    await media.file.close();
    return (await this.#indexOf(media)).durationMs;
  }

  /** A recording that cannot be opened is one that is not there. */
  #open(
    app: string,
    name: string,
    awaited: AwaitedPlayback,
    settle: (media: MediaFile | undefined, now: number) => void,
  ): void {
    const host = this.#host;
    const opened = openMedia(this.#root, app, name).catch((error: unknown) => {
      host.onError(error);
      return undefined;
    });
    opened
      .then((media) => {
        if (awaited.isStopped) return media?.file.close();
        host.turn((now) => settle(media, now));
        return undefined;
      })
      .catch((error: unknown) => host.onError(error));
  }

  #play(media: MediaFile, outlet: RecordedOutlet, request: PlayRequest, now: number): Playback {
    this.#playbacks += 1;
    const source = new FlvSource({
      file: media.file,
      size: media.size,
      index: () => this.#indexOf(media),
      onClose: () => {
        this.#playbacks -= 1;
      },
    });
    const sender = new RecordedSender(outlet, request.name);
    return new RecordedPlayback(source, sender, request, this.#host, now);
  }

  /** Files that are written to get another index with each change. */
  #indexOf({ path, size, modifiedMs }: MediaFile): Promise<FlvIndex> {
    const key = `${size} ${modifiedMs} ${path}`;
    const index = this.#indexes.get(key) ?? indexFile(path, size);
    this.#indexes.delete(key);
    this.#indexes.set(key, index);
    index.catch(() => this.#indexes.delete(key));
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > MAX_INDEXES && oldest !== undefined) this.#indexes.delete(oldest);
    return index;
  }
}

/** With a handle of its own: whoever asked first may leave, and others wait for the same index. */
async function indexFile(path: string, size: number): Promise<FlvIndex> {
  const file = await open(path);
  try {
    return await indexFlv(file, size);
  } finally {
    await file.close();
  }
}

/** Each has a file open. */
const MAX_PLAYBACKS = 1_024;
const NOT_FOUND = "NetStream.Play.StreamNotFound";
/** Of films of two hours 100 KB each. */
const MAX_INDEXES = 128;

import { type FileHandle, open } from "node:fs/promises";
import { MalformedError } from "../../protocol/errors.ts";
import type { Movie } from "../../protocol/mp4/movie.ts";
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
import { Gate } from "./gate.ts";
import { IndexShelf, type Loan } from "./index-shelf.ts";
import { type MediaFile, openMedia } from "./media-path.ts";
import { readMovie } from "./mp4-file.ts";
import { Mp4Source } from "./mp4-source.ts";
import { type PlaybackHost, RecordedPlayback } from "./playback.ts";
import { RecordedSender } from "./recorded-sender.ts";
import type { TagSource } from "./tag-source.ts";

/** The recordings under a folder: an application is a folder in it. */
export class MediaLibrary {
  readonly #root: string;
  readonly #host: PlaybackHost;
  readonly #indexes = new IndexShelf<FlvIndex>({
    load: withFile(indexFlv),
    weigh: ({ points, headers }) => points.size * POINT_BYTES + headers.length * HEADER_BYTES,
    maxBytes: MAX_INDEX_BYTES,
  });
  readonly #movies = new IndexShelf<Movie>({
    load: oneByOne(withFile(readMovie)),
    weigh: ({ tracks }) => tracks.reduce((sum, { count }) => sum + count * SAMPLE_BYTES, 0),
    maxBytes: MAX_MOVIE_BYTES,
  });
  readonly #maxPlaybacks: number;
  /** BOUNDED: maxPlaybacks; those whose files are being opened count as well. */
  #playbacks = 0;
  readonly #opening = new Gate(MAX_OPENING, MAX_WAITING);
  readonly #measuring = new Gate(MAX_MEASURING, MAX_WAITING);

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
        const fail = (code: string, description: string, now: number): void => {
          awaited.stop(now);
          outlet.status(failure(code, description), now);
          outlet.end(now);
        };
        const settle = (playback: Playback | undefined, now: number): void => {
          if (playback) awaited.settle(playback, now);
          else fail(NOT_FOUND, `There is no ${request.name}.`, now);
        };
        const isOpening = this.#open(app, name, {
          isStopped: () => awaited.isStopped,
          onMedia: (media, onClose, now) =>
            settle(this.#play({ media, outlet, request, onClose }, now), now),
          onAbsence: (now) => settle(live && outlet.playLive(live, now), now),
        });
        if (!isOpening) fail("NetStream.Play.Failed", "Too many play recordings.", startedAt);
        return awaited;
      },
    };
  }

  /** How long a recording is, ms; 0 if there is none, or if it cannot be read. */
  tellLength(app: string, name: string, tell: (lengthMs: number, now: number) => void): void {
    const measured = this.#measuring.run(() => this.#lengthMs(app, name)) ?? Promise.resolve(0);
    measured
      .catch((error: unknown) => {
        this.#host.onError(error);
        return 0;
      })
      .then((lengthMs) => this.#host.turn((now) => tell(lengthMs, now)))
      .catch((error: unknown) => this.#host.onError(error));
  }

  async #lengthMs(app: string, name: string): Promise<number> {
    const media = await this.#opening.run(() => openMedia(this.#root, app, name));
    if (!media) return 0;
    await media.file.close();
    const loan: Loan<{ readonly durationMs: number }> =
      media.format === "flv" ? this.#indexes.borrow(media) : this.#movies.borrow(media);
    try {
      return (await loan.index).durationMs;
    } finally {
      loan.giveBack();
    }
  }

  /** Answers false if there is no room. A recording that cannot be opened is one that is not there. */
  #open(app: string, name: string, opening: Opening): boolean {
    if (this.#playbacks >= this.#maxPlaybacks) return false;
    const open = async (): Promise<MediaFile | undefined> =>
      opening.isStopped() ? undefined : openMedia(this.#root, app, name);
    const opened = this.#opening.run(open);
    if (!opened) return false;
    this.#playbacks += 1;
    const leave = (): void => {
      this.#playbacks -= 1;
    };
    opened
      .catch((error: unknown) => void this.#host.onError(error))
      .then((media) => this.#opened(media ?? undefined, opening, leave))
      .catch((error: unknown) => this.#host.onError(error));
    return true;
  }

  async #opened(media: MediaFile | undefined, opening: Opening, leave: () => void): Promise<void> {
    const isWanted = !opening.isStopped();
    if (media && isWanted) {
      this.#host.turn((now) => opening.onMedia(media, leave, now));
      return;
    }
    leave();
    if (isWanted) this.#host.turn((now) => opening.onAbsence(now));
    await media?.file.close();
  }

  #play({ media, outlet, request, onClose }: Wanted, now: number): Playback {
    const source = media.format === "flv" ? this.#flv(media, onClose) : this.#mp4(media, onClose);
    const sender = new RecordedSender(outlet, request.name);
    return new RecordedPlayback(source, sender, request, this.#host, now);
  }

  #flv(media: MediaFile, onClose: () => void): TagSource {
    const { file, size } = media;
    const { ask, giveBack } = once(() => this.#indexes.borrow(media), onClose);
    return new FlvSource({ file, size, index: ask, onClose: giveBack });
  }

  #mp4(media: MediaFile, onClose: () => void): TagSource {
    const { ask, giveBack } = once(() => this.#movies.borrow(media), onClose);
    return new Mp4Source({ file: media.file, movie: ask, onClose: giveBack });
  }
}

/** Somebody waits for a file. */
interface Opening {
  isStopped(): boolean;
  /** Whoever gets the file closes it, and then calls `onClose`. */
  onMedia(media: MediaFile, onClose: () => void, now: number): void;
  onAbsence(now: number): void;
}

interface Wanted {
  readonly media: MediaFile;
  readonly outlet: RecordedOutlet;
  readonly request: PlayRequest;
  readonly onClose: () => void;
}

/** Borrows when it is asked first, gives back at the end. */
function once<Index>(
  borrow: () => Loan<Index>,
  onClose: () => void,
): { ask(): Promise<Index>; giveBack(): void } {
  let loan: Loan<Index> | undefined;
  return {
    ask: () => {
      loan ??= borrow();
      return loan.index;
    },
    giveBack: () => {
      loan?.giveBack();
      onClose();
    },
  };
}

type Load<Index> = (path: string, size: number) => Promise<Index>;

/** With a handle of its own: whoever asked first may leave, and others wait for the same index. */
function withFile<Index>(read: (file: FileHandle, size: number) => Promise<Index>): Load<Index> {
  return async (path, size) => {
    const file = await open(path);
    try {
      return await read(file, size);
    } catch (cause) {
      if (!(cause instanceof MalformedError)) throw cause;
      throw new MalformedError(`${path}: ${cause.message}`, { cause });
    } finally {
      await file.close();
    }
  };
}

/** What takes much memory for a moment, and little time. */
function oneByOne<Index>(load: Load<Index>): Load<Index> {
  let last: Promise<unknown> = Promise.resolve();
  return (path, size) => {
    const loaded = last.then(() => load(path, size));
    last = loaded.catch(() => undefined);
    return loaded;
  };
}

/** Each has a file open. */
const MAX_PLAYBACKS = 1_024;
/** The file system does not open more at a time, and each takes a descriptor that others need. */
const MAX_OPENING = 16;
/** Files that are looked through to the end. */
const MAX_MEASURING = 8;
/** What many want at once is there within a second; who asks far more often is refused. */
const MAX_WAITING = 1_024;
const NOT_FOUND = "NetStream.Play.StreamNotFound";
/** Of a film of two hours 100 KB. */
const MAX_INDEX_BYTES = 67_108_864;
/** Of a film of two hours 12 MB. */
const MAX_MOVIE_BYTES = 268_435_456;
const POINT_BYTES = 16;
const HEADER_BYTES = 64;
const SAMPLE_BYTES = 24;

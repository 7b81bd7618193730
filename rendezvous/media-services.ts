import { constants } from "node:fs";
import { access, mkdir, stat } from "node:fs/promises";
import type { Io } from "../protocol/io.ts";
import { connectRtmp } from "../protocol/node/connect-rtmp.ts";
import { Forwards } from "./forward/forwards.ts";
import type { FlvStreams } from "./http/flv/flv-players.ts";
import type { RendezvousLogger } from "./logger.ts";
import type { Admission } from "./media/admission.ts";
import type { StreamDirectory } from "./media/stream-directory.ts";
import { type RendezvousOptions, routesOf } from "./options.ts";
import { type Rate, TokenBucket } from "./rate-limit.ts";
import { Recorder } from "./recording/recorder.ts";
import { MediaLibrary } from "./vod/library.ts";
import type { PlaybackHost } from "./vod/playback.ts";

/** What media services need of their server. */
export interface MediaHost {
  readonly io: Io;
  readonly logger: RendezvousLogger;
  /** Runs what changes streams or sends, and lets the server act on it. */
  turn(change: (now: number) => void): void;
}

/** The recordings that a server plays; undefined: none. */
export function libraryOf({ media }: RendezvousOptions, host: MediaHost): MediaLibrary | undefined {
  if (media === undefined) return undefined;
  const playbackHost: PlaybackHost = {
    turn: (change) => safely(host, change),
    alarm: (ring) => host.io.alarm(ring),
    onError: readingErrors(host),
  };
  return new MediaLibrary(media, playbackHost);
}

/** Rejects with RangeError if the folder of recordings cannot be read. */
export async function checkMediaFolder({ media }: RendezvousOptions): Promise<void> {
  if (media === undefined) return;
  try {
    await access(media, constants.R_OK | constants.X_OK);
    if (!(await stat(media)).isDirectory()) throw new Error(`${media} is not a folder`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`media: ${why}`, { cause });
  }
}

/** Who plays much can use up what the system lets a process open: that is told once in a while. */
function readingErrors({ io, logger }: MediaHost): (error: unknown) => void {
  const complaints = new TokenBucket(SCARCITY_RATE, io.now());
  return (error) => {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!SCARCITY.has(code)) logger.error({ err: error }, "a recording could not be read");
    else if (complaints.take(io.now())) {
      logger.error({ code }, "recordings cannot be read: too many files and connections are open");
    }
  };
}

/**
 * Records the streams of a server from now on, when it has finished what a crash has left; undefined:
 * nothing is to be recorded. Rejects with RangeError if the folder cannot be used.
 */
export async function startRecorder(
  { record }: RendezvousOptions,
  streams: StreamDirectory,
  host: MediaHost,
): Promise<Recorder | undefined> {
  if (!record) return undefined;
  const { logger } = host;
  const recorder = new Recorder(record, {
    streams,
    turn: (change) => safely(host, change),
    wallClock: () => Date.now(),
    alarm: (ring) => host.io.alarm(ring),
    onUnrecordable: (app, name) =>
      logger.info({ app, name }, "not recorded: its name cannot be that of a file"),
    onRepaired: (file) => logger.info({ file }, "recording repaired"),
    onError: (error) => logger.error({ err: error }, "a recording could not be written"),
  });
  try {
    await mkdir(record.directory, { recursive: true });
    await recorder.repair();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`record: ${why}`, { cause });
  }
  streams.watch(recorder);
  return recorder;
}

/** What goes to other servers, and comes from them. `id`: what they know this server by. */
export function forwardsOf(
  options: RendezvousOptions,
  { streams, id }: { readonly streams: StreamDirectory; readonly id: string },
  { io, logger, turn }: MediaHost,
): Forwards {
  const { pullAlways: pullsAlways = false, connectRtmp: connect = connectRtmp } = options;
  const routes = routesOf(options);
  const forwards = new Forwards({ io, id, streams, routes, pullsAlways, connect, logger, turn });
  streams.watch(forwards);
  return forwards;
}

/** What browsers may play: with a token in the query, where one is demanded. */
export function flvStreamsOf(
  { streams, admission }: FlvSources,
  forwards: Forwards,
  host: MediaHost,
): FlvStreams {
  return {
    find: (app, queriedName) => {
      const name = admission.visitor(app).ask("play", queriedName);
      if (typeof name !== "string") return undefined;
      if (!streams.isLive(app, name) && !forwards.canPull(app, name)) return undefined;
      const found = streams.play(app, name);
      if ("code" in found) return undefined;
      return {
        get isLive() {
          return streams.isLive(app, name);
        },
        play: found.play,
      };
    },
    turn: (change) => safely(host, change),
  };
}

interface FlvSources {
  readonly streams: StreamDirectory;
  readonly admission: Admission;
}

/** Files and browsers answer when nobody waits for them: a fault then ends nothing else. */
function safely({ turn, logger }: MediaHost, change: (now: number) => void): void {
  try {
    turn(change);
  } catch (error) {
    logger.error({ err: error }, "a media service failed");
  }
}

const SCARCITY: ReadonlySet<string> = new Set(["EMFILE", "ENFILE"]);
/** Once a minute. */
const SCARCITY_RATE: Rate = { perSecond: 1 / 60, burst: 1 };

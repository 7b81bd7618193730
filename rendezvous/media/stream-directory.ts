import { MalformedError } from "../../protocol/errors.ts";
import { CacheBudget } from "../../protocol/tc/cache-budget.ts";
import { LiveStream, type Playable, type Publisher } from "../../protocol/tc/live-stream.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";
import type { StreamWatcher } from "./stream-watcher.ts";

/** A stream, as the status page shows it. */
export interface LiveStreamStatus {
  readonly app: string;
  readonly name: string;
  readonly isLive: boolean;
  readonly players: number;
}

/**
 * The live streams of all applications, by name: a stream exists while somebody publishes it, or
 * plays what will be published.
 */
export class StreamDirectory {
  /** BOUNDED: MAX_STREAMS. */
  readonly #streams = new Map<string, Entry>();
  readonly #maxStreams: number;
  readonly #budget = new CacheBudget();
  #malformed = 0;
  /** BOUNDED: by what the server is made of. */
  readonly #watchers: StreamWatcher[] = [];

  constructor(maxStreams: number = MAX_STREAMS) {
    this.#maxStreams = maxStreams;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Media messages of publishers that were dropped because they make no sense. */
  get malformed(): number {
    return this.#malformed;
  }

  /** `watcher` hears of what is published from now on. */
  watch(watcher: StreamWatcher): void {
    this.#watchers.push(watcher);
  }

  *list(): Iterable<LiveStreamStatus> {
    for (const { app, stream } of this.#streams.values()) {
      const { name, isLive, playerCount } = stream;
      yield { app, name, isLive, players: playerCount };
    }
  }

  /** Does somebody publish it now? */
  isLive(app: string, name: string): boolean {
    return this.#streams.get(keyOf(app, name))?.stream.isLive ?? false;
  }

  /** Answers where to publish, or why not. */
  publish(app: string, name: string, now: number, type = "live"): Publisher | Status {
    const entry = this.#open(app, name);
    if (!entry) return failure("NetStream.Publish.BadName", UNAVAILABLE);
    const publisher = entry.stream.publish(now);
    if (!publisher) {
      return failure("NetStream.Publish.BadName", `${name} is already published.`);
    }
    for (const watcher of this.#watchers) watcher.onPublish(app, name, type, now);
    return {
      noteGap: () => publisher.noteGap(),
      write: (...message: Parameters<Publisher["write"]>) =>
        this.#counted(() => publisher.write(...message)),
      end: (at) => {
        publisher.end(at);
        for (const watcher of this.#watchers) watcher.onUnpublish(app, name, at);
        this.#release(entry);
      },
    };
  }

  /** Answers what to play, live or not yet, or why not. */
  play(app: string, name: string): Playable | Status {
    if (!this.#hasRoomFor(app, name)) return failure("NetStream.Play.Failed", UNAVAILABLE);
    return {
      play: (player, now) => {
        const entry = this.#open(app, name);
        if (!entry) return () => undefined;
        const stop = entry.stream.play(player, now);
        return () => {
          stop();
          this.#release(entry);
        };
      },
    };
  }

  #open(app: string, name: string): Entry | undefined {
    if (!this.#hasRoomFor(app, name)) return undefined;
    const key = keyOf(app, name);
    const entry = this.#streams.get(key) ?? {
      key,
      app,
      stream: new LiveStream(name, this.#budget),
    };
    this.#streams.set(key, entry);
    return entry;
  }

  #hasRoomFor(app: string, name: string): boolean {
    if (name === "" || Buffer.byteLength(name) > MAX_NAME_BYTES) return false;
    return this.#streams.size < this.#maxStreams || this.#streams.has(keyOf(app, name));
  }

  #release({ key, stream }: Entry): void {
    if (stream.isIdle && this.#streams.get(key)?.stream === stream) this.#streams.delete(key);
  }

  #counted<Value>(write: () => Value): Value {
    try {
      return write();
    } catch (error) {
      if (error instanceof MalformedError) this.#malformed += 1;
      throw error;
    }
  }
}

interface Entry {
  readonly key: string;
  readonly app: string;
  readonly stream: LiveStream;
}

function keyOf(app: string, name: string): string {
  return JSON.stringify([app, name]);
}

const UNAVAILABLE = "The name is empty or too long, or the server has no room for another stream.";
const MAX_NAME_BYTES = 256;
/** What they keep for those who join late has a limit of its own. */
const MAX_STREAMS = 1_024;

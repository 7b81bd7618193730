import { CacheBudget } from "../../protocol/tc/cache-budget.ts";
import type { OnFault } from "../../protocol/tc/containment.ts";
import { LiveStream, type Playable, type Publisher } from "../../protocol/tc/live-stream.ts";
import type { FailPublish } from "../../protocol/tc/server-application.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";
import type { GuestServer, ServerPath } from "../forward/via.ts";
import { ServedPublication, type Takeover } from "./served-publication.ts";
import type { StreamWatcher } from "./stream-watcher.ts";

/** A stream, as the status page shows it. */
export interface LiveStreamStatus {
  readonly app: string;
  readonly name: string;
  readonly isLive: boolean;
  readonly players: number;
}

export interface StreamDirectoryOptions {
  /**
   * Streams that are published.
   * @default 1 024
   */
  readonly maxStreams?: number | undefined;
  /**
   * Streams that are played and not published: whoever names many of them keeps nobody from publishing.
   * @default 1 024
   */
  readonly maxAwaited?: number | undefined;
  /** @default "silent" */
  readonly takeover?: Takeover | undefined;
  /** As for any LiveStream. */
  readonly onFault?: OnFault | undefined;
}

/**
 * The live streams of all applications, by name: a stream exists while somebody publishes it, or
 * plays what will be published.
 */
export class StreamDirectory {
  /**
   * BOUNDED: maxStreams, maxAwaited, and those whose publishers have left, by the connections of their
   * players.
   */
  readonly #streams = new Map<string, Entry>();
  readonly #maxStreams: number;
  readonly #maxAwaited: number;
  /** How many of them are published. */
  #published = 0;
  readonly #takeover: Takeover;
  readonly #budget = new CacheBudget();
  readonly #onFault: OnFault | undefined;
  /** BOUNDED: by what the server is made of. */
  readonly #watchers: StreamWatcher[] = [];
  #checkAt = Number.POSITIVE_INFINITY;

  constructor(options: StreamDirectoryOptions = {}) {
    this.#maxStreams = options.maxStreams ?? MAX_STREAMS;
    this.#maxAwaited = options.maxAwaited ?? MAX_AWAITED;
    this.#takeover = options.takeover ?? "silent";
    this.#onFault = options.onFault;
  }

  get size(): number {
    return this.#streams.size;
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

  /** One stream; it need not exist. */
  at(app: string, name: string): LiveStreamStatus {
    const { isLive = false, playerCount = 0 } = this.#streams.get(keyOf(app, name))?.stream ?? {};
    return { app, name, isLive, players: playerCount };
  }

  /** Does somebody publish it now? */
  isLive(app: string, name: string): boolean {
    return this.#streams.get(keyOf(app, name))?.stream.isLive ?? false;
  }

  /** For whom it is played: an empty path for players of this server's own, and those of servers. */
  wantedFor(app: string, name: string): readonly ServerPath[] {
    const entry = this.#streams.get(keyOf(app, name));
    if (!entry) return [];
    const paths = [...entry.guests].flatMap((guest) => guest.paths);
    return entry.stream.playerCount > entry.guests.size ? [[], ...paths] : paths;
  }

  /** A server plays for others than before. */
  noteGuest(guest: GuestServer): void {
    for (const { app, stream, guests } of this.#streams.values()) {
      if (guests.has(guest)) this.#tellPlayers(app, stream.name);
    }
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    return this.#checkAt;
  }

  /** Tells players whose publisher has fallen silent. */
  advance(now: number): void {
    if (now < this.#checkAt) return;
    this.#checkAt = Number.POSITIVE_INFINITY;
    for (const { stream, publication } of this.#streams.values()) {
      if (!publication) continue;
      this.#checkAt = now + CHECK_MS;
      if (publication.hasRunDry(now)) stream.noteDry(now);
    }
  }

  /** Answers where to publish, or why not. `fail` ends it when another publisher takes its place. */
  publish(
    app: string,
    name: string,
    now: number,
    fail: FailPublish = () => undefined,
    type = "live",
  ): Publisher | Status {
    const before = this.#streams.get(keyOf(app, name))?.publication;
    if (before?.givesWay(this.#takeover, now)) before.replace(name, now);
    if (!isName(name) || (!this.isLive(app, name) && this.#published >= this.#maxStreams)) {
      return failure("NetStream.Publish.BadName", UNAVAILABLE);
    }
    const entry = this.#open(app, name);
    const publisher = entry.stream.publish(now);
    if (!publisher) {
      return failure("NetStream.Publish.BadName", `${name} is already published.`);
    }
    const host = {
      onEnd: (ended: ServedPublication) => {
        if (entry.publication !== ended) return;
        entry.publication = undefined;
        this.#published -= 1;
        for (const watcher of this.#watchers) watcher.onUnpublish(app, name);
        this.#release(entry);
      },
    };
    entry.publication = new ServedPublication(publisher, fail, host, now);
    this.#published += 1;
    this.#checkAt = Math.min(this.#checkAt, now + CHECK_MS);
    const { publication } = entry;
    for (const watcher of this.#watchers) watcher.onPublish(app, name, type, now);
    return publication;
  }

  /** Answers what to play, live or not yet, or why not. `guest`: if it is a server who plays. */
  play(app: string, name: string, guest?: GuestServer): Playable | Status {
    if (!this.#mayAwait(app, name)) return failure("NetStream.Play.Failed", UNAVAILABLE);
    return {
      play: (player, now) => {
        if (!this.#mayAwait(app, name)) return () => undefined;
        const entry = this.#open(app, name);
        const stop = entry.stream.play(player, now);
        if (guest) entry.guests.add(guest);
        this.#tellPlayers(app, name);
        return () => {
          stop();
          if (guest) entry.guests.delete(guest);
          this.#tellPlayers(app, name);
          this.#release(entry);
        };
      },
    };
  }

  #tellPlayers(app: string, name: string): void {
    for (const watcher of this.#watchers) watcher.onPlayers?.(app, name);
  }

  #open(app: string, name: string): Entry {
    const key = keyOf(app, name);
    const entry: Entry = this.#streams.get(key) ?? {
      key,
      app,
      stream: new LiveStream(name, this.#budget, this.#onFault),
      publication: undefined,
      guests: new Set(),
    };
    this.#streams.set(key, entry);
    return entry;
  }

  /** Others may play it already, published or not. */
  #mayAwait(app: string, name: string): boolean {
    if (this.#streams.has(keyOf(app, name))) return true;
    return isName(name) && this.#streams.size - this.#published < this.#maxAwaited;
  }

  #release({ key, stream }: Entry): void {
    if (stream.isIdle && this.#streams.get(key)?.stream === stream) this.#streams.delete(key);
  }
}

interface Entry {
  readonly key: string;
  readonly app: string;
  readonly stream: LiveStream;
  publication: ServedPublication | undefined;
  /** Players that are servers. BOUNDED: by connections. */
  readonly guests: Set<GuestServer>;
}

function isName(name: string): boolean {
  return name !== "" && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}

function keyOf(app: string, name: string): string {
  return JSON.stringify([app, name]);
}

const UNAVAILABLE = "The name is empty or too long, or the server has no room for another stream.";
/** How often to look who has fallen silent. */
const CHECK_MS = 1_000;
const MAX_NAME_BYTES = 256;
/** What they keep for those who join late has a limit of its own. */
const MAX_STREAMS = 1_024;
/** Anybody may name any: it is as many as 16 connections can play. */
const MAX_AWAITED = 1_024;

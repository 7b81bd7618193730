import { RtmfpError } from "../../protocol/errors.ts";
import type { Alarm, Io } from "../../protocol/io.ts";
import type { ConnectRtmp } from "../../protocol/node/connect-rtmp.ts";
import type { RendezvousLogger } from "../logger.ts";
import type { StreamDirectory } from "../media/stream-directory.ts";
import type { StreamWatcher } from "../media/stream-watcher.ts";
import type { Dialled } from "./attempt.ts";
import { dial } from "./dial.ts";
import { Forwarder, type ForwardState } from "./forwarder.ts";
import { PullLeg } from "./pull-leg.ts";
import { PushLeg } from "./push-leg.ts";
import type { RemoteLocation } from "./remote-location.ts";
import { type ForwardKind, isPattern, type Route, remoteOf } from "./route.ts";
import { pathsThrough, shortIdOf } from "./via.ts";

/** A stream that is pushed or pulled, as the status page shows it. */
export interface ForwardStatus {
  readonly kind: ForwardKind;
  readonly app: string;
  readonly name: string;
  /** The far end's application; the stream's name there may be a secret. */
  readonly url: string;
  readonly state: ForwardState;
  /** Tries that failed one after another. */
  readonly failures: number;
  readonly error: string | undefined;
}

export interface ForwardsOptions {
  readonly io: Io;
  /** This server, as it tells others. */
  readonly id: string;
  readonly streams: StreamDirectory;
  readonly routes: readonly Route[];
  /** Pulls go on when nobody plays. */
  readonly pullsAlways: boolean;
  readonly connect: ConnectRtmp;
  readonly logger: RendezvousLogger;
  /** Runs what changes streams of this server. */
  turn(change: (now: number) => void): void;
}

interface Entry {
  readonly route: Route;
  readonly app: string;
  readonly name: string;
  readonly remote: RemoteLocation;
  readonly forwarder: Forwarder;
}

/** The streams that this server pushes to others, and pulls from them. */
export class Forwards implements StreamWatcher {
  readonly #options: ForwardsOptions;
  readonly #alarm: Alarm;
  /** BOUNDED: MAX_FORWARDS. */
  readonly #entries = new Map<string, Entry>();
  /** Streams of which something has changed. BOUNDED: emptied with the next turn. */
  #changed = new Map<string, readonly [app: string, name: string]>();
  /** BOUNDED: connections of entries, and those that end. */
  readonly #ways = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: ForwardsOptions) {
    this.#options = options;
    this.#alarm = options.io.alarm(() => this.#turn(() => undefined));
    for (const { kind, app, name } of options.routes) {
      if (kind === "pull" && options.pullsAlways && !isPattern(name)) this.#note(app, name);
    }
  }

  get status(): readonly ForwardStatus[] {
    return [...this.#entries.values()].map(({ route, app, name, remote, forwarder }) => ({
      kind: route.kind,
      app,
      name,
      url: remote.url,
      state: forwarder.state,
      failures: forwarder.failures,
      error: forwarder.error?.message,
    }));
  }

  /** Is it had from another server when somebody plays it? */
  canPull(app: string, name: string): boolean {
    const { routes } = this.#options;
    return routes.some(
      (route) => route.kind === "pull" && remoteOf(route, app, name) !== undefined,
    );
  }

  onPublish(app: string, name: string): void {
    this.#note(app, name);
  }

  onUnpublish(app: string, name: string): void {
    this.#note(app, name);
  }

  onPlayers(app: string, name: string): void {
    this.#note(app, name);
  }

  /** Ends everything in an orderly way; resolves when all connections are gone. */
  async close(): Promise<void> {
    this.#turn((now) => {
      this.#isClosed = true;
      for (const { forwarder } of this.#entries.values()) forwarder.stop(now);
    });
    this.#alarm.set(Number.POSITIVE_INFINITY);
    await Promise.all(this.#ways);
  }

  /** It may be in the middle of a change: acts when that is done. */
  #note(app: string, name: string): void {
    if (this.#isClosed) return;
    this.#changed.set(keyOf(app, name), [app, name]);
    this.#alarm.set(this.#options.io.now());
  }

  #turn(change: (now: number) => void): void {
    if (this.#isClosed) return;
    this.#options.turn((now) => {
      change(now);
      const changed = this.#changed;
      this.#changed = new Map();
      for (const [app, name] of changed.values()) this.#consider(app, name, now);
      for (const [key, entry] of this.#entries) this.#advance(key, entry, now);
    });
    const isMore = this.#changed.size > 0;
    const timeouts = [...this.#entries.values()].map(({ forwarder }) => forwarder.timeout);
    const at = Math.min(Number.POSITIVE_INFINITY, ...timeouts);
    this.#alarm.set(isMore ? this.#options.io.now() : at);
  }

  #consider(app: string, name: string, now: number): void {
    this.#options.routes.forEach((route, index) => {
      const remote = remoteOf(route, app, name);
      if (!remote) return;
      const key = `${index} ${keyOf(app, name)}`;
      const entry = this.#entries.get(key) ?? this.#open(key, { route, app, name, remote });
      if (entry) this.#guard(entry.forwarder, now, () => this.#want(entry, now));
    });
  }

  /** What nobody has but who asks for it is not asked for: servers that pull from each other would wait for ever. */
  #want({ route, app, name, forwarder }: Entry, now: number): void {
    const { id, streams, pullsAlways } = this.#options;
    const { isLive } = streams.at(app, name);
    const self = shortIdOf(id);
    if (route.kind === "push") {
      forwarder.setPaths([[self]], now);
      forwarder.want(isLive, now);
      return;
    }
    const isAlways = pullsAlways && !isPattern(route.name);
    const wanted = streams.wantedFor(app, name);
    const paths = pathsThrough(self, isAlways ? [[], ...wanted] : wanted);
    forwarder.setPaths(paths, now);
    const isCircle = paths.length === 0 && wanted.length > 0 && forwarder.state !== "idle";
    if (isCircle)
      this.#options.logger.info({ app, name }, "pull: all who want it wait for this server");
    const isTaken = isLive && !forwarder.leg.isPublishing;
    if (isTaken) forwarder.want(false, now);
    else forwarder.want(paths.length > 0, now, LINGER_MS);
  }

  /** One that a pattern made goes when its stream does. */
  #advance(key: string, { forwarder, route, app, name }: Entry, now: number): void {
    if (now >= forwarder.timeout) this.#guard(forwarder, now, () => forwarder.advance(now));
    const isOver = forwarder.state === "idle" && !this.#changed.has(keyOf(app, name));
    if (isOver && isPattern(route.name)) this.#entries.delete(key);
  }

  #open(key: string, plan: Omit<Entry, "forwarder">): Entry | undefined {
    if (this.#entries.size >= MAX_FORWARDS) return undefined;
    const { route, app, name, remote } = plan;
    const { kind } = route;
    const { streams } = this.#options;
    const leg =
      kind === "pull"
        ? new PullLeg(streams, app, name)
        : new PushLeg(streams, app, name, (at) => {
            // The next publisher's clock is another one: so has the far end's stream to be.
            forwarder.stop(at);
            this.#note(app, name);
          });
    const { io } = this.#options;
    const forwarder: Forwarder = new Forwarder(
      { kind, remote, leg },
      {
        random: (count) => io.random(count),
        dial: (to, dialled) => this.#dial(forwarder, to, dialled),
        mayDial: () => this.#connecting < MAX_CONNECTING,
        onChange: (changed, error) => this.#log(plan, changed, error),
        onMoved: (url) => {
          const about = { kind, app, name, url: remote.url, to: url };
          this.#options.logger.info(
            about,
            `${kind} goes on at another server, which it was asked to`,
          );
        },
      },
    );
    const entry = { ...plan, forwarder };
    this.#entries.set(key, entry);
    return entry;
  }

  get #connecting(): number {
    const states = [...this.#entries.values()].map(({ forwarder }) => forwarder.state);
    return states.filter((state) => state === "connecting").length;
  }

  #dial(forwarder: Forwarder, { url }: RemoteLocation, dialled: Dialled): () => void {
    const dialling = dial(this.#options.connect, url, dialled, (change) =>
      this.#turn((now) => this.#guard(forwarder, now, () => change(now))),
    );
    const gone = dialling.gone.then(() => void this.#ways.delete(gone));
    this.#ways.add(gone);
    return dialling.hangUp;
  }

  /** Whatever goes wrong with one of them is the end of its connection, and of nothing else. */
  #guard(forwarder: Forwarder, now: number, act: () => void): void {
    try {
      act();
    } catch (cause) {
      this.#options.logger.error(
        { err: cause },
        "a push or pull was ended by a fault of the server",
      );
      forwarder.fail(new RtmfpError("CLOSED", "a fault of this server", { cause }), now);
    }
  }

  #log(
    { route, app, name, remote }: Omit<Entry, "forwarder">,
    { state, failures }: Forwarder,
    error: RtmfpError | undefined,
  ): void {
    const { kind } = route;
    const about = { kind, app, name, url: remote.url, state, failures, reason: error?.message };
    const { logger } = this.#options;
    if (state === "waiting") logger.error(about, `${kind} failed`);
    else logger.info(about, `${kind} ${state}`);
  }
}

function keyOf(app: string, name: string): string {
  return JSON.stringify([app, name]);
}

/** A player that reconnects, or the next one, does not have to wait. */
const LINGER_MS = 10_000;
/**
 * At the same time: players choose the names that a pattern asks another server for, and must not be
 * able to make it a storm.
 */
const MAX_CONNECTING = 32;
/** As many as there may be streams. */
const MAX_FORWARDS = 1_024;

import { Deadlines } from "../../protocol/bytes/deadlines.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { ClientStream } from "../../protocol/tc/client-stream.ts";
import type { Transport } from "../../protocol/tc/transport.ts";
import { Attempt, type AttemptHost, type AttemptUser } from "./attempt.ts";
import { Backoff } from "./backoff.ts";
import type { Leg } from "./leg.ts";
import { followRemote, type RemoteLocation } from "./remote-location.ts";
import type { ForwardKind } from "./route.ts";
import type { ServerPath } from "./via.ts";

export type ForwardState =
  /** Nobody wants it. */
  | "idle"
  /** Others are connecting first. */
  | "queued"
  | "connecting"
  | "running"
  /** The last try failed, the next one comes. */
  | "waiting";

/** What a forwarder wants of the world. */
export interface ForwarderHost extends AttemptHost {
  /** May one more connect now? */
  mayDial(): boolean;
  /** Something to log has happened. */
  onChange(forwarder: Forwarder, error: RtmfpError | undefined): void;
  /** The far end has asked to be left for another, and was. */
  onMoved(url: string): void;
}

/** What is forwarded, and how. */
export interface ForwarderPlan {
  readonly kind: ForwardKind;
  readonly remote: RemoteLocation;
  readonly leg: Leg;
}

/**
 * Keeps one stream going to, or coming from, another server, for as long as it is wanted: connects,
 * and tries again and again with growing pauses when that fails or ends.
 */
export class Forwarder implements AttemptUser {
  readonly leg: Leg;
  readonly #kind: ForwardKind;
  readonly #remote: RemoteLocation;
  readonly #host: ForwarderHost;
  readonly #backoff: Backoff;
  readonly #deadlines = new Deadlines<"retry" | "setup" | "proven" | "linger" | "move">();
  #state: ForwardState = "idle";
  #attempt: Attempt | undefined;
  /** To where the far end has asked us to go. */
  #next: Attempt | undefined;
  #paths: readonly ServerPath[] = [];
  #error: RtmfpError | undefined;

  constructor({ kind, remote, leg }: ForwarderPlan, host: ForwarderHost) {
    this.leg = leg;
    this.#kind = kind;
    this.#remote = remote;
    this.#host = host;
    this.#backoff = new Backoff(() => (host.random(1)[0] ?? 0) / 256);
  }

  get state(): ForwardState {
    return this.#state;
  }

  /** Why the last try failed or ended, until one succeeds. */
  get error(): RtmfpError | undefined {
    return this.#error;
  }

  /** Tries that failed one after another. */
  get failures(): number {
    return this.#backoff.failures;
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    return Math.min(this.#deadlines.earliest, this.leg.timeout);
  }

  /** `lingerMs`: for how long it goes on although nobody wants it, if there is something of it. */
  want(isWanted: boolean, now: number, lingerMs = 0): void {
    if (isWanted) {
      this.#deadlines.clear("linger");
      // What was lost while it lingered has no next try yet.
      const isLost = this.#state === "waiting" && !this.#deadlines.isSet("retry");
      if (this.#state === "idle" || isLost) this.#dial(now);
    } else if (this.#state !== "idle") {
      this.#deadlines.setBy("linger", this.leg.isPublishing ? now + lingerMs : now);
      this.advance(now);
    }
  }

  /** For whom it is: told to the far end, which may get it from one of them. */
  setPaths(paths: readonly ServerPath[], now: number): void {
    this.#paths = paths;
    this.#attempt?.setPaths(paths, now);
    this.#next?.setPaths(paths, now);
  }

  advance(now: number): void {
    this.leg.advance(now);
    if (this.#deadlines.takeDue("linger", now)) this.stop(now);
    if (this.#deadlines.takeDue("proven", now)) this.#backoff.succeed();
    if (this.#deadlines.takeDue("setup", now)) this.fail(new RtmfpError("TIMEOUT", SILENT), now);
    if (this.#deadlines.takeDue("move", now)) this.#stay(now);
    if (this.#deadlines.takeDue("retry", now)) this.#dial(now);
  }

  /** Ends in an orderly way; nothing goes on. */
  stop(now: number): void {
    this.#deadlines.clearAll();
    this.leg.end(now);
    this.#drop(now);
    this.#backoff.succeed();
    this.#error = undefined;
    this.#become("idle");
  }

  onReady(attempt: Attempt, stream: ClientStream, transport: Transport, now: number): void {
    if (attempt === this.#next) this.#move(attempt, now);
    this.#deadlines.clear("setup");
    this.#deadlines.set("proven", now + PROVEN_MS);
    this.#error = undefined;
    this.#become("running");
    this.#orFail(now, () => this.leg.begin(stream, transport, now));
  }

  onMessage(attempt: Attempt, message: Message, now: number): void {
    if (attempt === this.#attempt) this.#orFail(now, () => this.leg.receive(message, now));
  }

  onUnpublish(attempt: Attempt, now: number): void {
    if (attempt === this.#attempt) this.leg.unpublished(now);
  }

  /** It is left when the other one is ready; a far end that has hardly begun is not listened to. */
  onReconnectRequest(attempt: Attempt, tcUrl: string | undefined, now: number): void {
    const isSettled = this.#state === "running" && !this.#deadlines.isSet("proven");
    if (attempt !== this.#attempt || this.#next || !isSettled) return;
    const remote = tcUrl === undefined ? attempt.remote : followRemote(attempt.remote, tcUrl);
    if (!remote) return;
    this.#deadlines.set("move", now + SETUP_MS);
    this.#next = this.#attemptAt(remote);
    this.#next.start();
  }

  onFail(attempt: Attempt, error: RtmfpError, now: number): void {
    if (attempt === this.#next) this.#stay(now);
    else if (attempt === this.#attempt) this.fail(error, now);
  }

  /** The connection is of no use any more; another one is tried. */
  fail(error: RtmfpError, now: number): void {
    if (this.#state !== "connecting" && this.#state !== "running") return;
    const isLingering = this.#deadlines.isSet("linger");
    for (const name of ["setup", "proven", "move"] as const) this.#deadlines.clear(name);
    this.leg.lost(now);
    this.#drop(now);
    this.#error = error;
    if (!isLingering) this.#deadlines.set("retry", now + this.#backoff.fail());
    this.#become("waiting");
  }

  #dial(now: number): void {
    this.#deadlines.clear("retry");
    if (!this.#host.mayDial()) {
      this.#deadlines.set("retry", now + CROWDED_MS);
      this.#become("queued");
      return;
    }
    this.#deadlines.set("setup", now + SETUP_MS);
    this.#become("connecting");
    this.#attempt = this.#attemptAt(this.#remote);
    this.#attempt.start();
  }

  #attemptAt(remote: RemoteLocation): Attempt {
    return new Attempt({ kind: this.#kind, remote, paths: this.#paths }, this.#host, this);
  }

  /** The far end that was asked for is there: what comes from it, or goes to it, goes on with that. */
  #move(next: Attempt, now: number): void {
    const left = this.#attempt;
    this.#attempt = next;
    this.#next = undefined;
    this.#deadlines.clear("move");
    this.leg.lost(now);
    left?.drop(now);
    this.#host.onMoved(next.remote.url);
  }

  /** Where we were asked to go, nobody lets us in. */
  #stay(now: number): void {
    this.#deadlines.clear("move");
    this.#next?.drop(now);
    this.#next = undefined;
  }

  #drop(now: number): void {
    const attempts = [this.#attempt, this.#next];
    this.#attempt = undefined;
    this.#next = undefined;
    for (const attempt of attempts) attempt?.drop(now);
  }

  /** What cannot be done here ends the connection; what makes no sense does not. */
  #orFail(now: number, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof RtmfpError) || error.code === "MALFORMED") throw error;
      this.fail(error, now);
    }
  }

  #become(state: ForwardState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#host.onChange(this, this.#error);
  }
}

/** From the first packet to media that may flow. */
const SETUP_MS = 15_000;
/** Until it looks again whether others have done with connecting. */
const CROWDED_MS = 250;
/** What has run for so long does not make the next pause longer. */
const PROVEN_MS = 10_000;
const SILENT = "the far end does not answer";

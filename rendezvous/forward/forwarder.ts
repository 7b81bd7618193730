import { Deadlines } from "../../protocol/bytes/deadlines.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { ClientStream } from "../../protocol/tc/client-stream.ts";
import type { Status } from "../../protocol/tc/status.ts";
import type { Transport, TransportHandler } from "../../protocol/tc/transport.ts";
import { Backoff } from "./backoff.ts";
import type { Leg } from "./leg.ts";
import { Link, type LinkUser } from "./link.ts";
import { Login } from "./login.ts";
import type { RemoteStream } from "./remote-stream.ts";
import type { ForwardKind } from "./route.ts";

export type ForwardState =
  /** Nobody wants it. */
  | "idle"
  | "connecting"
  | "running"
  /** The last try failed, the next one comes. */
  | "waiting";

/** What a forwarder has done of a connection. */
export interface Dialled {
  /** Messages can be sent; answers who hears of what the far end sends. */
  onOpen(transport: Transport, now: number): TransportHandler;
  /** The connection is gone, or never came to be. */
  onGone(error: RtmfpError, now: number): void;
}

/** What a forwarder wants of the world. */
export interface ForwarderHost {
  /** This server, as it tells others. */
  readonly id: string;
  /** Unpredictable bytes. */
  random(count: number): Uint8Array;
  /** Connects; answers what gives it up, or ends it after what was sent. Then nothing more is told. */
  dial(remote: RemoteStream, dialled: Dialled): () => void;
  /** Something to log has happened. */
  onChange(forwarder: Forwarder, error: RtmfpError | undefined): void;
}

/** What is forwarded, and how. */
export interface ForwarderPlan {
  readonly kind: ForwardKind;
  readonly remote: RemoteStream;
  readonly leg: Leg;
}

/**
 * Keeps one stream going to, or coming from, another server, for as long as it is wanted: connects,
 * and tries again and again with growing pauses when that fails or ends.
 */
export class Forwarder implements LinkUser {
  readonly leg: Leg;
  readonly #kind: ForwardKind;
  readonly #remote: RemoteStream;
  readonly #host: ForwarderHost;
  readonly #backoff: Backoff;
  readonly #login: Login;
  readonly #deadlines = new Deadlines<"retry" | "setup" | "proven" | "linger">();
  #state: ForwardState = "idle";
  #link: Link | undefined;
  #hangUp: (() => void) | undefined;
  #error: RtmfpError | undefined;

  constructor({ kind, remote, leg }: ForwarderPlan, host: ForwarderHost) {
    this.leg = leg;
    this.#kind = kind;
    this.#remote = remote;
    this.#host = host;
    this.#backoff = new Backoff(() => (host.random(1)[0] ?? 0) / 256);
    this.#login = new Login(remote.app, remote.credentials, (count) => host.random(count));
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

  /** `lingerMs`: for how long it goes on although nobody wants it. */
  want(isWanted: boolean, now: number, lingerMs = 0): void {
    if (isWanted) {
      this.#deadlines.clear("linger");
      if (this.#state === "idle") this.#dial(now);
    } else if (this.#state !== "idle") {
      this.#deadlines.setBy("linger", now + lingerMs);
      this.advance(now);
    }
  }

  advance(now: number): void {
    this.leg.advance(now);
    if (this.#deadlines.takeDue("linger", now)) this.stop(now);
    if (this.#deadlines.takeDue("proven", now)) this.#backoff.succeed();
    if (this.#deadlines.takeDue("setup", now)) {
      this.onFail(new RtmfpError("TIMEOUT", "the far end does not answer"), now);
    }
    if (this.#deadlines.takeDue("retry", now)) this.#dial(now);
  }

  /** Ends in an orderly way; nothing goes on. */
  stop(now: number): void {
    this.#deadlines.clearAll();
    this.leg.end(now);
    this.#drop(now);
    this.#login.restart();
    this.#backoff.succeed();
    this.#error = undefined;
    this.#become("idle");
  }

  onReady(stream: ClientStream, transport: Transport, now: number): void {
    this.#deadlines.clear("setup");
    this.#deadlines.set("proven", now + PROVEN_MS);
    this.#login.restart();
    this.#error = undefined;
    this.#become("running");
    this.#orFail(now, () => this.leg.begin(stream, transport, now));
  }

  onMessage(message: Message, now: number): void {
    this.#orFail(now, () => this.leg.receive(message, now));
  }

  onUnpublish(now: number): void {
    this.leg.unpublished(now);
  }

  /** Perhaps it wants to know who we are, on another connection. */
  onRefused(status: Status, now: number): void {
    try {
      this.#login.refused(status);
    } catch (error) {
      if (!(error instanceof RtmfpError)) throw error;
      this.onFail(error, now);
      return;
    }
    this.#drop(now);
    this.#connect();
  }

  onFail(error: RtmfpError, now: number): void {
    if (this.#state === "idle" || this.#state === "waiting") return;
    const isLingering = this.#deadlines.isSet("linger");
    this.#deadlines.clear("setup");
    this.#deadlines.clear("proven");
    this.leg.lost(now);
    this.#login.restart();
    this.#drop(now);
    this.#error = error;
    if (!isLingering) this.#deadlines.set("retry", now + this.#backoff.fail());
    this.#become("waiting");
  }

  #dial(now: number): void {
    this.#deadlines.set("setup", now + SETUP_MS);
    this.#become("connecting");
    this.#connect();
  }

  #connect(): void {
    const { url, app: plain } = this.#remote;
    const { app } = this.#login;
    const remote = { ...this.#remote, app, url: url.slice(0, -plain.length) + app };
    this.#hangUp = this.#host.dial(this.#remote, {
      onOpen: (transport, at) => {
        const link = new Link(this.#kind, remote, transport, this);
        this.#link = link;
        link.start(this.#host.id, at);
        return link.handler;
      },
      onGone: (error, at) => this.onFail(error, at),
    });
  }

  #drop(now: number): void {
    const [link, hangUp] = [this.#link, this.#hangUp];
    this.#link = undefined;
    this.#hangUp = undefined;
    link?.close(now);
    hangUp?.();
  }

  /** What cannot be done here ends the connection; what makes no sense does not. */
  #orFail(now: number, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof RtmfpError) || error.code === "MALFORMED") throw error;
      this.onFail(error, now);
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
/** What has run for so long does not make the next pause longer. */
const PROVEN_MS = 10_000;

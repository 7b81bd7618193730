import { RtmfpError } from "../../protocol/errors.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { ClientStream } from "../../protocol/tc/client-stream.ts";
import type { Status } from "../../protocol/tc/status.ts";
import type { Transport, TransportHandler } from "../../protocol/tc/transport.ts";
import { ForwardLink, type LinkUser } from "./forward-link.ts";
import { Login } from "./login.ts";
import type { RemoteLocation } from "./remote-location.ts";
import type { ForwardKind } from "./route.ts";
import { encodePaths, type ServerPath } from "./via.ts";

/** What a forwarder has done of a connection. */
export interface Dialled {
  /** Messages can be sent; answers who hears of what the far end sends. */
  onOpen(transport: Transport, now: number): TransportHandler;
  /** The connection is gone, or never came to be. */
  onGone(error: RtmfpError, now: number): void;
}

export interface AttemptHost {
  /** Unpredictable bytes. */
  random(count: number): Uint8Array;
  /** Connects; answers what gives it up, or ends it after what was sent. Then nothing more is told. */
  dial(remote: RemoteLocation, dialled: Dialled): () => void;
}

export interface AttemptPlan {
  readonly kind: ForwardKind;
  readonly remote: RemoteLocation;
  /** For whom it is. */
  readonly paths: readonly ServerPath[];
}

/** Who hears what becomes of it. */
export interface AttemptUser {
  onReady(attempt: Attempt, stream: ClientStream, transport: Transport, now: number): void;
  onMessage(attempt: Attempt, message: Message, now: number): void;
  onUnpublish(attempt: Attempt, now: number): void;
  onReconnectRequest(attempt: Attempt, tcUrl: string | undefined, now: number): void;
  onFail(attempt: Attempt, error: RtmfpError, now: number): void;
}

/** A way to the far end: a connection, and where one has to log in, those before it. */
export class Attempt implements LinkUser {
  readonly remote: RemoteLocation;
  readonly #kind: ForwardKind;
  readonly #host: AttemptHost;
  readonly #user: AttemptUser;
  readonly #login: Login;
  #paths: readonly ServerPath[];
  #link: ForwardLink | undefined;
  #hangUp: (() => void) | undefined;

  constructor({ kind, remote, paths }: AttemptPlan, host: AttemptHost, user: AttemptUser) {
    this.remote = remote;
    this.#paths = paths;
    this.#kind = kind;
    this.#host = host;
    this.#user = user;
    this.#login = new Login(remote.app, remote.credentials, (count) => host.random(count));
  }

  start(): void {
    const { url, app: plain } = this.remote;
    const { app } = this.#login;
    const remote = { ...this.remote, app, url: url.slice(0, -plain.length) + app };
    this.#hangUp = this.#host.dial(this.remote, {
      onOpen: (transport, at) => {
        const link = new ForwardLink(this.#kind, remote, transport, this);
        this.#link = link;
        link.start(encodePaths(this.#paths), at);
        return link.handler;
      },
      onGone: (error, at) => this.onFail(error, at),
    });
  }

  /** It is for others than before. */
  setPaths(paths: readonly ServerPath[], now: number): void {
    this.#paths = paths;
    this.#link?.setVia(encodePaths(paths), now);
  }

  /** Ends in an orderly way; nothing more is told. */
  drop(now: number): void {
    const [link, hangUp] = [this.#link, this.#hangUp];
    this.#link = undefined;
    this.#hangUp = undefined;
    link?.close(now);
    hangUp?.();
  }

  onReady(stream: ClientStream, transport: Transport, now: number): void {
    this.#user.onReady(this, stream, transport, now);
  }

  onMessage(message: Message, now: number): void {
    this.#user.onMessage(this, message, now);
  }

  onUnpublish(now: number): void {
    this.#user.onUnpublish(this, now);
  }

  onReconnectRequest(tcUrl: string | undefined, now: number): void {
    this.#user.onReconnectRequest(this, tcUrl, now);
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
    this.drop(now);
    this.start();
  }

  onFail(error: RtmfpError, now: number): void {
    this.#user.onFail(this, error, now);
  }
}

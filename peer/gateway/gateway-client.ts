import type { Playable, Publisher } from "../../protocol/tc/live-stream.ts";
import type {
  ConnectRequest,
  FailPublish,
  ServerApplication,
} from "../../protocol/tc/server-application.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";
import { type GatewayPath, readGatewayPath } from "./gateway-path.ts";
import type { GatewayStreams } from "./gateway-streams.ts";
import type { Publications } from "./publications.ts";

/** One RTMP client of a gateway: what it may publish and play, by the path that it names. */
export class GatewayClient implements ServerApplication {
  readonly #streams: GatewayStreams;
  readonly #publications: Publications;
  readonly #disconnect: (now: number) => void;
  #app = "";

  /** `disconnect` ends the connection of this client. */
  constructor(
    streams: GatewayStreams,
    publications: Publications,
    disconnect: (now: number) => void,
  ) {
    this.#streams = streams;
    this.#publications = publications;
    this.#disconnect = disconnect;
  }

  onConnect({ app }: ConnectRequest): Status | undefined {
    if (!readGatewayPath(app, "")) return invalidApp(app);
    this.#app = app;
    return undefined;
  }

  onPublish(stream: string, now: number, fail: FailPublish): Publisher | Status {
    const path = this.#path(stream);
    if (!path) return failure("NetStream.Publish.BadName", BAD_NAME);
    const key = `${path.source}/${path.name}`;
    // Most encoders read nothing while they send: they notice a connection that ends.
    const hangUp: FailPublish = (status, at) => {
      fail(status, at);
      this.#disconnect(at);
    };
    const open = (): Publisher | Status => this.#publish(path, now, hangUp);
    return this.#publications.publish(key, open, this.#disconnect, now);
  }

  onPlay(stream: string, now: number): Playable | Status {
    const path = this.#path(stream);
    if (!path) return failure("NetStream.Play.Failed", BAD_NAME);
    return this.#streams.play(path.source, path.name, now);
  }

  onCall(): boolean {
    return false;
  }

  onEnd(): void {}

  /** Answers undefined if the name cannot be that of a stream. */
  #path(stream: string): GatewayPath | undefined {
    const path = readGatewayPath(this.#app, stream);
    const isNamed = path && path.name !== "" && path.name.length <= MAX_NAME_LENGTH;
    return isNamed ? path : undefined;
  }

  #publish({ source, name }: GatewayPath, now: number, fail: FailPublish): Publisher | Status {
    if (source === "local") return this.#streams.publishLocal(name, now);
    const isServer = source === "server";
    const onServer = isServer ? this.#streams.publishServer?.(name, now, fail) : undefined;
    return onServer ?? failure("NetStream.Publish.BadName", notHere(source));
  }
}

function invalidApp(app: string): Status {
  const named = app.slice(0, MAX_NAME_LENGTH);
  const description = `there is no app "${named}" here, but local, pair, server, and each peer's ID`;
  return failure("NetConnection.Connect.InvalidApp", description);
}

function notHere(source: string): string {
  return source === "server"
    ? "this gateway publishes nothing on a server: publish to local/<stream>"
    : `what comes from ${source} can only be played: publish to local/<stream>`;
}

const BAD_NAME = "a stream has a name of 1 to 256 characters";
/** Names of streams are kept, logged and sent to others. */
const MAX_NAME_LENGTH = 256;

import type { GatewaySource, GatewayStreams } from "../peer/gateway/gateway-streams.ts";
import type { Playable, Publisher } from "../protocol/tc/live-stream.ts";
import type { FailPublish } from "../protocol/tc/server-application.ts";
import { failure, type Status } from "../protocol/tc/status.ts";

/** Those of a gateway that has its port before its peer is connected. */
export class StreamsToCome implements GatewayStreams {
  #streams: GatewayStreams | undefined;

  come(streams: GatewayStreams): void {
    this.#streams = streams;
  }

  publishLocal(name: string, now: number): Publisher | Status {
    return this.#streams?.publishLocal(name, now) ?? NOT_YET_PUBLISHED;
  }

  publishServer(name: string, now: number, fail: FailPublish): Publisher | Status {
    return this.#streams?.publishServer?.(name, now, fail) ?? NOT_YET_PUBLISHED;
  }

  play(source: GatewaySource, name: string, now: number): Playable | Status {
    return this.#streams?.play(source, name, now) ?? NOT_YET_PLAYED;
  }
}

const WHY = "this peer is still connecting to its server";
const NOT_YET_PUBLISHED = failure("NetStream.Publish.Failed", WHY);
const NOT_YET_PLAYED = failure("NetStream.Play.Failed", WHY);

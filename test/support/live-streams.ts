import type { GatewayStreams } from "../../peer/gateway/gateway-streams.ts";
import { LiveStream, type Playable, type Publisher } from "../../protocol/tc/live-stream.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";

/** The streams of a peer that has nobody to talk to: everything is local. */
export class LiveStreams implements GatewayStreams {
  readonly #streams = new Map<string, LiveStream>();

  at(name: string): LiveStream {
    const stream = this.#streams.get(name) ?? new LiveStream(name);
    this.#streams.set(name, stream);
    return stream;
  }

  publishLocal(name: string, now: number): Publisher | Status {
    const taken = failure("NetStream.Publish.BadName", `${name} is published already`);
    return this.at(name).publish(now) ?? taken;
  }

  play(source: string, name: string): Playable | Status {
    if (source === "local") return this.at(name);
    return failure("NetStream.Play.StreamNotFound", `nothing comes from ${source}`);
  }
}

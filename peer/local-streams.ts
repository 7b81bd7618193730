import { RtmfpError } from "../protocol/errors.ts";
import { LiveStream, type Playable, type Publisher } from "../protocol/tc/live-stream.ts";
import { failure, type Status } from "../protocol/tc/status.ts";

/** The streams of one peer by name: what it publishes, and what others already wait for. */
export class LocalStreams {
  /** BOUNDED: MAX_STREAMS; a stream without publisher and players is dropped first. */
  readonly #streams = new Map<string, LiveStream>();

  /** Throws `BAD_NAME` if it is published already, `LIMIT` if there are too many streams. */
  publish(name: string, now: number): Publisher {
    const publisher = this.#get(name)?.publish(now);
    if (publisher) return publisher;
    if (this.#streams.has(name)) throw new RtmfpError("BAD_NAME", `${name} is published already`);
    throw new RtmfpError("LIMIT", `more than ${MAX_STREAMS} streams`);
  }

  /** A stream to play; it need not be published yet. */
  find(name: string): Playable | Status {
    return this.#get(name) ?? failure("NetStream.Play.Failed", `more than ${MAX_STREAMS} streams`);
  }

  #get(name: string): LiveStream | undefined {
    const known = this.#streams.get(name);
    if (known) return known;
    if (this.#streams.size >= MAX_STREAMS) this.#dropIdle();
    if (this.#streams.size >= MAX_STREAMS) return undefined;
    const stream = new LiveStream(name);
    this.#streams.set(name, stream);
    return stream;
  }

  #dropIdle(): void {
    for (const [name, stream] of this.#streams) if (stream.isIdle) this.#streams.delete(name);
  }
}

/** Far ends may ask for any name, so the names they invent must not pile up. */
const MAX_STREAMS = 256;

import { RtmfpError } from "../../protocol/errors.ts";
import { CacheBudget } from "../../protocol/tc/cache-budget.ts";
import { LiveStream, type Playable, type Publisher } from "../../protocol/tc/live-stream.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";

/** The streams of one peer by name: what it publishes, and what others already wait for. */
export class LocalStreams {
  /**
   * BOUNDED: by what this peer publishes, and MAX_AWAITED more; a stream without publisher and players
   * is dropped first.
   */
  readonly #streams = new Map<string, LiveStream>();
  readonly #budget = new CacheBudget();

  /** Throws `BAD_NAME` if it is published already. */
  publish(name: string, now: number): Publisher {
    const stream = this.#streams.get(name) ?? this.#add(name);
    const publisher = stream.publish(now);
    if (publisher) return publisher;
    throw new RtmfpError("BAD_NAME", `${name} is published already`);
  }

  /** A stream to play; it need not be published yet. */
  find(name: string): Playable | Status {
    if (name.length > MAX_NAME_LENGTH) return failure("NetStream.Play.Failed", NAME_TOO_LONG);
    const known = this.#streams.get(name);
    if (known) return known;
    if (this.#awaited >= MAX_AWAITED) this.#dropIdle();
    if (this.#awaited >= MAX_AWAITED) return failure("NetStream.Play.Failed", TOO_MANY);
    return this.#add(name);
  }

  #add(name: string): LiveStream {
    const stream = new LiveStream(name, this.#budget);
    this.#streams.set(name, stream);
    return stream;
  }

  /** Streams that nobody publishes. */
  get #awaited(): number {
    return [...this.#streams.values()].filter(({ isLive }) => !isLive).length;
  }

  #dropIdle(): void {
    for (const [name, stream] of this.#streams) if (stream.isIdle) this.#streams.delete(name);
  }
}

/** Far ends may ask for any name, so the names they invent must not pile up. */
const MAX_AWAITED = 256;
const MAX_NAME_LENGTH = 256;
const TOO_MANY = `more than ${MAX_AWAITED} streams that nobody publishes`;
const NAME_TOO_LONG = `a name is no longer than ${MAX_NAME_LENGTH} characters`;

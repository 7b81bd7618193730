import { checkMs, MalformedError, RtmfpError } from "../errors.ts";
import type { OutgoingMessage } from "../flow/outgoing-message.ts";
import { DEFAULT_TRACK } from "../flv/enhanced.ts";
import { MAX_MESSAGE_BYTES } from "../params.ts";
import type { Message } from "../rtmp/message.ts";
import { SharedChunks } from "../rtmp/shared-chunks.ts";
import { CacheBudget } from "./cache-budget.ts";
import type { OnFault } from "./containment.ts";
import { FLOW_MESSAGE_HEADER_BYTES } from "./flow-message.ts";
import { LeadTrack } from "./lead-track.ts";
import { LiveCache } from "./live-cache.ts";
import { classify, isSetup, keepable, type MediaMessage } from "./media.ts";
import { failure, type Status } from "./status.ts";

/** Somebody who plays a live stream. */
export interface Player {
  /** A publisher is there, now or from now on. */
  onPublish(now: number): void;
  /**
   * `isCatchUp`: it is older than now, sent so that decoding can start. Answers a receipt where the
   * player's transport gives one.
   */
  onMedia(media: MediaMessage, isCatchUp: boolean, now: number): OutgoingMessage | undefined;
  /** The publisher is there, but nothing has come from it for some seconds. */
  onDry?(now: number): void;
  /** The publisher left; another may come. */
  onUnpublish(now: number): void;
  /** There is no such stream, after all, and will not be. */
  onFailure(status: Status, now: number): void;
}

/** Something to play. */
export interface Playable {
  /** Answers a function that ends it. */
  play(player: Player, now: number): () => void;
}

/** Somebody who publishes a live stream. After `end` it may not write any more. */
export interface Publisher {
  /**
   * Media and data messages; others are ignored. `deadlineMs` overrides how long it is worth sending.
   * Answers the receipts of its players. Throws MalformedError, or RangeError for a deadline that is none.
   */
  write(message: Message, now: number, deadlineMs?: number): OutgoingMessage[];
  /** Something is missing: pictures make no sense until the next keyframe. */
  noteGap(): void;
  end(now: number): void;
}

/**
 * One live stream: one publisher, any number of players. A player that joins late gets metadata,
 * sequence headers and the pictures since the last keyframe first; none gets a picture that it
 * cannot decode. What goes wrong with one player is its own end: neither the publisher nor the others
 * notice.
 */
export class LiveStream implements Playable {
  readonly name: string;
  readonly #cache: LiveCache;
  /** Players, and whether they wait for a keyframe. BOUNDED: by the connections of their servers. */
  readonly #players = new Map<Player, Waiting>();
  readonly #lead = new LeadTrack();
  readonly #onFault: OnFault;
  #publisher: Publisher | undefined;

  /**
   * `budget`: what this stream and others may keep together for those who join late. `onFault` is told of
   * errors of players that no far end should be able to cause.
   * @default they are thrown
   */
  constructor(name: string, budget: CacheBudget = new CacheBudget(), onFault: OnFault = rethrow) {
    this.name = name;
    this.#cache = new LiveCache(budget);
    this.#onFault = onFault;
  }

  get isLive(): boolean {
    return this.#publisher !== undefined;
  }

  get playerCount(): number {
    return this.#players.size;
  }

  /** Nobody publishes and nobody plays. */
  get isIdle(): boolean {
    return !this.isLive && this.#players.size === 0;
  }

  /** Answers undefined if somebody else publishes. */
  publish(now: number): Publisher | undefined {
    if (this.#publisher) return undefined;
    const isStill = (): boolean => this.#publisher === publisher;
    const publisher: Publisher = {
      write: (message, at, deadlineMs) => {
        checkMs("deadlineMs", deadlineMs);
        if (message.payload.length > MAX_MEDIA_BYTES) {
          this.#noteGap();
          throw new MalformedError(`media of ${message.payload.length} bytes`);
        }
        const media = isStill() ? classify(message) : undefined;
        return media ? this.#distribute({ deadlineMs, ...media }, at) : [];
      },
      noteGap: () => {
        if (isStill()) this.#noteGap();
      },
      end: (at) => {
        if (isStill()) this.#unpublish(at);
      },
    };
    this.#publisher = publisher;
    this.#tellAll((player) => player.onPublish(now), now);
    return publisher;
  }

  play(player: Player, now: number): () => void {
    this.#players.set(player, { forKeyframe: !this.#cache.hasGroup });
    try {
      if (this.isLive) this.#welcome(player, now);
    } catch (error) {
      this.#players.delete(player);
      throw error;
    }
    return () => this.#players.delete(player);
  }

  /** Tells all players that nothing comes at present. */
  noteDry(now: number): void {
    this.#tellAll((player) => player.onDry?.(now), now);
  }

  /** Tells all players that they wait in vain. */
  fail(status: Status, now: number): void {
    this.#tellAll((player) => player.onFailure(status, now), now);
  }

  #welcome(player: Player, now: number): void {
    player.onPublish(now);
    for (const media of this.#cache.messages()) player.onMedia(media, true, now);
  }

  #distribute(written: MediaMessage, now: number): OutgoingMessage[] {
    // Several will keep a setup: they share one copy.
    const placed = this.#placed(isSetup(written.kind) ? keepable(written) : written);
    this.#cache.add(placed);
    const receipts: OutgoingMessage[] = [];
    const media = this.#players.size > 1 ? shared(placed) : placed;
    for (const [player, waiting] of this.#players) {
      if (media.kind === "keyframe") waiting.forKeyframe = false;
      if (media.kind === "inter" && waiting.forKeyframe) continue;
      try {
        const receipt = player.onMedia(media, false, now);
        if (receipt) receipts.push(receipt);
      } catch (error) {
        this.#dismiss(player, error, now);
      }
    }
    return receipts;
  }

  #tellAll(tell: (player: Player) => void, now: number): void {
    // One of them may play the same name again, which is another stream, or make others leave.
    for (const player of [...this.#players.keys()]) {
      try {
        if (this.#players.has(player)) tell(player);
      } catch (error) {
        this.#dismiss(player, error, now);
      }
    }
  }

  #dismiss(player: Player, error: unknown, now: number): void {
    this.#players.delete(player);
    try {
      player.onFailure(FAULT, now);
    } catch {
      // It is beyond help.
    }
    if (!(error instanceof RtmfpError)) this.#onFault(error);
  }

  /** Groups begin with the keyframes of one track, however many there are. */
  #placed(media: MediaMessage): MediaMessage {
    if (media.kind !== "keyframe" || this.#lead.leads(media.trackIds ?? DEFAULT_TRACK))
      return media;
    return { ...media, kind: "inter" };
  }

  #noteGap(): void {
    this.#cache.dropGroup();
    this.#waitForKeyframe();
  }

  #waitForKeyframe(): void {
    for (const waiting of this.#players.values()) waiting.forKeyframe = true;
  }

  #unpublish(now: number): void {
    this.#publisher = undefined;
    this.#cache.clear();
    this.#lead.clear();
    this.#waitForKeyframe();
    this.#tellAll((player) => player.onUnpublish(now), now);
  }
}

/** Not for the cache, which would keep everything twice. */
function shared(media: MediaMessage): MediaMessage {
  return { ...media, message: { ...media.message, chunks: new SharedChunks() } };
}

function rethrow(error: unknown): never {
  throw error;
}

/** RTMP has longer messages than flows, and whoever plays may do so over either. */
const MAX_MEDIA_BYTES = MAX_MESSAGE_BYTES - FLOW_MESSAGE_HEADER_BYTES;
const FAULT = failure("NetStream.Play.Failed", "What was published could not be played.");

interface Waiting {
  forKeyframe: boolean;
}

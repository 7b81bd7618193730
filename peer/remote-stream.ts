import { MalformedError } from "../protocol/errors.ts";
import { type Message, MessageType } from "../protocol/rtmp/message.ts";
import {
  LiveStream,
  type Playable,
  type Player,
  type Publisher,
} from "../protocol/tc/live-stream.ts";
import type { Status } from "../protocol/tc/status.ts";
import { playVerdict, type StreamSource, type Subscription } from "./stream-source.ts";

/**
 * A far end's stream, played by any number of local players but fetched once, and only while somebody
 * plays it. The source may come later, and change: players then see one publisher after another.
 */
export class RemoteStream implements Playable {
  readonly name: string;
  readonly #live: LiveStream;
  readonly #onIdle: () => void;
  #source: StreamSource | undefined;
  #subscription: Subscription | undefined;
  #publisher: Publisher | undefined;

  /** `onIdle` is called when the last player has left. */
  constructor(name: string, onIdle: () => void) {
    this.name = name;
    this.#live = new LiveStream(name);
    this.#onIdle = onIdle;
  }

  /** Fetches from here from now on; undefined: from nowhere. */
  setSource(source: StreamSource | undefined, now: number): void {
    if (source === this.#source) return;
    this.#stop(now);
    this.#source = source;
    if (this.#live.playerCount > 0) this.#start();
  }

  play(player: Player, now: number): () => void {
    const leave = this.#live.play(player, now);
    if (!this.#subscription) this.#start();
    let isPlaying = true;
    return () => {
      if (!isPlaying) return;
      isPlaying = false;
      leave();
      if (this.#live.playerCount > 0) return;
      this.#stop(now);
      this.#onIdle();
    };
  }

  #start(): void {
    const source = this.#source;
    const isCurrent = (): boolean => this.#source === source && this.#subscription === subscription;
    let subscription: Subscription | undefined;
    subscription = source?.subscribe(this.name, {
      onStatus: (status, now) => {
        if (isCurrent()) this.#onStatus(status, now);
      },
      onMessage: (message, afterGap, now) => {
        if (isCurrent()) this.#onMessage(message, afterGap, now);
      },
      onEnd: (now) => {
        if (!isCurrent()) return;
        this.#unpublish(now);
        this.#subscription = undefined;
        this.#source = undefined;
      },
    });
    this.#subscription = subscription;
  }

  #onStatus(status: Status, now: number): void {
    if (playVerdict(status)) this.#unpublish(now);
  }

  #onMessage(message: Message, afterGap: boolean, now: number): void {
    this.#publisher ??= this.#live.publish(now);
    if (afterGap && message.type === MessageType.video) this.#publisher?.noteGap();
    try {
      this.#publisher?.write(message, now);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }

  #unpublish(now: number): void {
    this.#publisher?.end(now);
    this.#publisher = undefined;
  }

  #stop(now: number): void {
    this.#subscription?.close();
    this.#subscription = undefined;
    this.#unpublish(now);
  }
}

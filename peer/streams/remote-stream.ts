import { type Message, MessageType } from "../../protocol/rtmp/message.ts";
import type { CacheBudget } from "../../protocol/tc/cache-budget.ts";
import {
  LiveStream,
  type Playable,
  type Player,
  type Publisher,
} from "../../protocol/tc/live-stream.ts";
import type { Status } from "../../protocol/tc/status.ts";
import type { Turn } from "../turn.ts";
import {
  isSampleAccess,
  playVerdict,
  type StreamSource,
  type Subscription,
} from "./stream-source.ts";

/**
 * A far end's stream, played by any number of local players but fetched once, and only while somebody
 * plays it. The source may come later, and change: players then see one publisher after another.
 */
export class RemoteStream implements Playable {
  readonly name: string;
  readonly #live: LiveStream;
  readonly #turn: Turn;
  readonly #onIdle: () => void;
  #source: StreamSource | undefined;
  #subscription: Subscription | undefined;
  /** Tells what belongs to the current subscription from what an older one still says. */
  #run: object | undefined;
  #publisher: Publisher | undefined;

  /** `onIdle` is called when the last player has left; `budget` as for any LiveStream. */
  constructor(name: string, turn: Turn, onIdle: () => void, budget: CacheBudget) {
    this.name = name;
    this.#turn = turn;
    this.#live = new LiveStream(name, budget);
    this.#onIdle = onIdle;
  }

  /** False also when the source has ended. */
  get hasSource(): boolean {
    return this.#source !== undefined;
  }

  /** Fetches from here from now on; undefined: from nowhere. */
  setSource(source: StreamSource | undefined, now: number): void {
    if (source === this.#source) return;
    this.#stop(now);
    this.#source = source;
    if (this.#live.playerCount > 0) this.#start();
  }

  /** The source cannot be reached: tells whoever plays it. */
  fail(status: Status, now: number): void {
    this.#live.fail(status, now);
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
      this.#turn((at) => this.#stop(at));
      this.#onIdle();
    };
  }

  #start(): void {
    const run = {};
    this.#run = run;
    const ifCurrent =
      <Args extends unknown[]>(act: (...args: Args) => void) =>
      (...args: Args): void => {
        if (this.#run === run) act(...args);
      };
    this.#subscription = this.#source?.subscribe(this.name, {
      onStatus: ifCurrent((status: Status, now: number) => this.#onStatus(status, now)),
      onMessage: ifCurrent((message: Message, afterGap: boolean, now: number) =>
        this.#onMessage(message, afterGap, now),
      ),
      onEnd: ifCurrent((now: number) => {
        this.#stop(now);
        this.#source = undefined;
      }),
    });
  }

  #onStatus(status: Status, now: number): void {
    const verdict = playVerdict(status);
    if (verdict) this.#unpublish(now);
    if (verdict === "failed") this.fail(status, now);
  }

  #onMessage(message: Message, afterGap: boolean, now: number): void {
    // What only tells how the play goes is nothing of the stream.
    if (message.type === MessageType.userControl || isSampleAccess(message)) return;
    this.#publisher ??= this.#live.publish(now);
    if (afterGap && message.type === MessageType.video) this.#publisher?.noteGap();
    this.#publisher?.write(message, now);
  }

  #unpublish(now: number): void {
    this.#publisher?.end(now);
    this.#publisher = undefined;
  }

  #stop(now: number): void {
    this.#run = undefined;
    this.#subscription?.close();
    this.#subscription = undefined;
    this.#unpublish(now);
  }
}

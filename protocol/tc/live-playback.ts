import type { Playable } from "./live-stream.ts";
import type { Playback } from "./playback.ts";
import { failure, success } from "./status.ts";
import type { StreamSender } from "./stream-sender.ts";

/**
 * A live stream that a client plays. While it is paused the client is no player of the stream; then it
 * joins it again, as a newcomer does.
 */
export class LivePlayback implements Playback {
  readonly #playable: Playable;
  readonly #sender: StreamSender;
  #leave: (() => void) | undefined;

  constructor(playable: Playable, sender: StreamSender) {
    this.#playable = playable;
    this.#sender = sender;
  }

  get isOver(): boolean {
    return this.#sender.isOver;
  }

  start(now: number): void {
    this.#leave = this.#playable.play(this.#sender, now);
  }

  pause(isPaused: boolean, _atMs: number, now: number): void {
    if (isPaused) {
      this.stop();
      this.#sender.onStatus(success("NetStream.Pause.Notify", "Paused."), now);
      return;
    }
    this.#sender.onStatus(success("NetStream.Unpause.Notify", "Goes on."), now);
    if (!this.#leave) this.start(now);
  }

  /** What is live has no other place. */
  seek(_toMs: number, now: number): void {
    this.#sender.onStatus(failure("NetStream.Seek.Failed", "The stream is live."), now);
  }

  receive(kind: "audio" | "video", isWanted: boolean, now: number): void {
    this.#sender.receive(kind, isWanted, now);
  }

  /** Live streams arrive when they arrive. */
  setBufferLength(): void {}

  /** How far behind its client is, the sender sees with the next message. */
  onWritable(): void {}

  stop(): void {
    this.#leave?.();
    this.#leave = undefined;
  }
}

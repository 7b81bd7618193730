import type { Playback } from "../../protocol/tc/playback.ts";

/** A playback that is not there yet: what is asked of it meanwhile is asked of it then. */
export class AwaitedPlayback implements Playback {
  #inner: Playback | undefined;
  #isStopped = false;
  /** BOUNDED: MAX_PENDING. */
  readonly #pending: ((inner: Playback, now: number) => void)[] = [];

  /** Not wanted any more. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  get isOver(): boolean {
    return this.#isStopped || (this.#inner?.isOver ?? false);
  }

  /** Here it is. */
  settle(inner: Playback, now: number): void {
    this.#inner = inner;
    for (const act of this.#pending.splice(0)) act(inner, now);
  }

  pause(isPaused: boolean, atMs: number, now: number): void {
    this.#act((inner, at) => inner.pause(isPaused, atMs, at), now);
  }

  seek(toMs: number, now: number): void {
    this.#act((inner, at) => inner.seek(toMs, at), now);
  }

  receive(kind: "audio" | "video", isWanted: boolean, now: number): void {
    this.#act((inner, at) => inner.receive(kind, isWanted, at), now);
  }

  setBufferLength(bufferMs: number, now: number): void {
    this.#act((inner, at) => inner.setBufferLength(bufferMs, at), now);
  }

  onWritable(now: number): void {
    this.#inner?.onWritable(now);
  }

  stop(now: number): void {
    this.#isStopped = true;
    this.#pending.length = 0;
    this.#inner?.stop(now);
  }

  #act(act: (inner: Playback, now: number) => void, now: number): void {
    if (this.#inner) act(this.#inner, now);
    else if (this.#pending.length < MAX_PENDING) this.#pending.push(act);
  }
}

/** Players say a handful of things before they hear the answer to `play`. */
const MAX_PENDING = 16;

import assert from "node:assert/strict";
import type { Publication } from "../../peer/index.ts";
import type { Lab } from "../lab/index.ts";
import { media } from "./media.ts";
import type { Couple } from "./nat-lab.ts";

/** One end of a pair tells the other numbers, and sends it sound: what arrives, and when. */
export class Talk {
  readonly #lab: Lab;
  readonly #couple: Couple;
  readonly #sound: Publication;
  readonly #heard: number[] = [];
  readonly #failures: unknown[] = [];
  #told = 0;
  #lastSoundAt = 0;
  #longestGapMs = 0;

  private constructor(lab: Lab, couple: Couple) {
    this.#lab = lab;
    this.#couple = couple;
    this.#sound = couple.one.peer.publish("sound");
    couple.other.peer.handle("number", (_, number) => {
      this.#heard.push(Number(number));
      return number;
    });
  }

  static async start(lab: Lab, couple: Couple): Promise<Talk> {
    const talk = new Talk(lab, couple);
    talk.#listen().catch(() => undefined);
    await lab.advance(500);
    talk.#send();
    await lab.advance(500);
    talk.#lastSoundAt = lab.now;
    talk.#longestGapMs = 0;
    return talk;
  }

  /** The longest time without sound since it was asked for last, ms. */
  takeLongestGapMs(): number {
    const gapMs = Math.max(this.#longestGapMs, this.#lab.now - this.#lastSoundAt);
    this.#longestGapMs = 0;
    return gapMs;
  }

  /** Goes on for so long, or until `isSo`. */
  async go(ms: number, isSo: () => boolean = () => false): Promise<void> {
    const until = this.#lab.now + ms;
    while (this.#lab.now < until && !isSo()) {
      this.#send();
      await this.#lab.advance(FRAME_MS);
    }
  }

  /** Every number has arrived, once, in order. */
  async end(): Promise<void> {
    await this.#lab.advance(5_000);
    assert.deepEqual(this.#failures, []);
    assert.deepEqual(
      this.#heard,
      Array.from({ length: this.#told }, (_, number) => number),
    );
    this.#sound.close();
  }

  #send(): void {
    const { near } = this.#couple;
    const isTold = this.#lab.now % (FRAME_MS * FRAMES_A_NUMBER) < FRAME_MS;
    this.#sound.forward(media.audio(Math.round(this.#lab.now)));
    if (!isTold) return;
    near.call("number", [this.#told]).catch((error: unknown) => this.#failures.push(error));
    this.#told += 1;
  }

  async #listen(): Promise<void> {
    for await (const { kind } of this.#couple.far.play("sound")) {
      if (kind !== "audio") continue;
      const { now } = this.#lab;
      this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastSoundAt);
      this.#lastSoundAt = now;
    }
  }
}

const FRAME_MS = 20;
/** So that few are on their way at any time. */
const FRAMES_A_NUMBER = 10;

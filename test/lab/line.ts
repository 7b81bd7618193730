import { type ConditionChange, type Conditions, changed, defined, isIdeal } from "./conditions.ts";
import { type Datagram, type Fate, packetBytes, type Stage, type World } from "./datagram.ts";
import { DropTailQueue } from "./drop-tail.ts";
import type { Prng } from "./prng.ts";

/**
 * One direction of a line with its conditions: rate and queue first, then the wire that loses, doubles
 * and delays. In order, except for what `reorder` holds up.
 */
export class Line implements Stage {
  readonly #world: World;
  readonly #random: Prng;
  readonly #queue: DropTailQueue;
  #base: Conditions;
  #own: ConditionChange = {};
  #conditions: Conditions;
  /** Do the conditions do nothing to any datagram? Most lines of most labs are so. */
  #isIdeal: boolean;
  /** When the last datagram that kept its place arrives. */
  #latestMs = 0;

  constructor(world: World, random: Prng, base: Conditions) {
    this.#world = world;
    this.#random = random;
    this.#base = base;
    this.#conditions = base;
    this.#isIdeal = isIdeal(base);
    this.#queue = new DropTailQueue(base.bytesPerSecond, base.queueBytes);
  }

  /** The conditions in force. */
  get conditions(): Conditions {
    return this.#conditions;
  }

  /**
   * Changes conditions from now on. What is under way keeps its time of arrival, so that it may be
   * overtaken. Throws RangeError.
   */
  set(change: ConditionChange): void {
    const own = { ...this.#own, ...defined(change) };
    this.#apply(this.#base, own);
  }

  /** Changes what holds where this line has no conditions of its own. */
  rebase(base: Conditions): void {
    this.#apply(base, this.#own);
  }

  #apply(base: Conditions, own: ConditionChange): void {
    const now = this.#world.now();
    this.#conditions = changed(base, own);
    this.#isIdeal = isIdeal(this.#conditions);
    this.#base = base;
    this.#own = own;
    this.#queue.change(this.#conditions.bytesPerSecond, this.#conditions.queueBytes, now);
    this.#latestMs = now;
  }

  carry(datagram: Datagram, next: (datagram: Datagram) => void): void {
    if (this.#isIdeal) {
      next(datagram);
      return;
    }
    const conditions = this.#conditions;
    // The same five draws for every datagram here, whatever becomes of it: with the same seed, changing
    // one condition leaves what the others do to each datagram as it was.
    const lost = this.#random.chance(conditions.loss);
    const doubled = this.#random.chance(conditions.duplicate);
    const late = this.#random.chance(conditions.reorder);
    const jitterMs = this.#random.fraction() * conditions.jitterMs;
    const copyJitterMs = this.#random.fraction() * conditions.jitterMs;

    const leavesAt = this.#leave(datagram, lost);
    if (leavesAt === undefined) return;
    const arrivesAt = leavesAt + conditions.delayMs;
    const inTimeMs = arrivesAt + jitterMs;
    this.#pass(datagram, late ? inTimeMs + conditions.reorderMs : this.#inOrder(inTimeMs), next);
    if (!doubled) return;
    this.#world.note(datagram, "duplicated");
    const copy = { ...datagram, bytes: datagram.bytes.slice() };
    this.#pass(copy, this.#inOrder(arrivesAt + copyJitterMs), next);
  }

  /** A line without delay passes on at once: conditions that change later are too late. */
  #pass(datagram: Datagram, at: number, next: (datagram: Datagram) => void): void {
    if (at <= this.#world.now()) next(datagram);
    else this.#world.schedule(at, () => next(datagram));
  }

  /** When the datagram has passed the queue, or undefined if it goes no further. */
  #leave(datagram: Datagram, lost: boolean): number | undefined {
    const bytes = packetBytes(datagram);
    if (bytes > this.#conditions.mtuBytes) return this.#drop(datagram, "mtu-drop");
    const leavesAt = this.#queue.take(bytes, this.#world.now());
    if (leavesAt === undefined) return this.#drop(datagram, "queue-drop");
    return lost ? this.#drop(datagram, "lost") : leavesAt;
  }

  #drop(datagram: Datagram, fate: Fate): undefined {
    this.#world.note(datagram, fate);
  }

  #inOrder(at: number): number {
    this.#latestMs = Math.max(this.#latestMs, at);
    return this.#latestMs;
  }
}

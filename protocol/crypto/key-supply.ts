import { Ring } from "../bytes/ring.ts";
import type { KeyPair, Primitives } from "./primitives.ts";

/**
 * New key pairs, some of them made ahead: what a handshake computes is spread over its turns, so that none
 * takes long. Every pair is used once.
 */
export class KeySupply {
  readonly #primitives: Primitives;
  /** Of `#group`. BOUNDED: MOST_SPARE. */
  readonly #spare = new Ring<KeyPair>();
  /** The group that was wanted last. */
  #group: number | undefined;

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  /** Makes one more pair, in the group that was wanted last or else in `group`. */
  prepare(group: number): void {
    if (this.#spare.length === MOST_SPARE) return;
    this.#group ??= group;
    const pair = this.#generate(this.#group);
    if (pair) this.#spare.push(pair);
  }

  /** Undefined if the group is not supported. */
  take(group: number): KeyPair | undefined {
    if (group !== this.#group) this.#spare.clear();
    this.#group = group;
    return this.#spare.shift() ?? this.#generate(group);
  }

  #generate(group: number): KeyPair | undefined {
    return this.#primitives.group(group)?.generate();
  }
}

/** So many far ends may say hello before the first of them goes on. */
const MOST_SPARE = 16;

import { Ring } from "../bytes/ring.ts";
import type { KeyPair, Primitives } from "./primitives.ts";

/**
 * New key pairs, in one group some of them made ahead: what a handshake computes is spread over its turns,
 * so that none takes long. Far ends that choose another group neither use nor spoil those. Every pair is
 * used once.
 */
export class KeySupply {
  readonly #primitives: Primitives;
  readonly #group: number | undefined;
  /** Of `#group`. BOUNDED: MOST_SPARE. */
  readonly #spare = new Ring<KeyPair>();

  /** `group`: that of the pairs made ahead; undefined: none are. */
  constructor(primitives: Primitives, group: number | undefined) {
    this.#primitives = primitives;
    this.#group = group;
  }

  /** Makes one more pair ahead. */
  prepare(): void {
    if (this.#group === undefined || this.#spare.length === MOST_SPARE) return;
    const pair = this.#generate(this.#group);
    if (pair) this.#spare.push(pair);
  }

  /** Undefined if the group is not supported. */
  take(group: number): KeyPair | undefined {
    const spare = group === this.#group ? this.#spare.shift() : undefined;
    return spare ?? this.#generate(group);
  }

  #generate(group: number): KeyPair | undefined {
    return this.#primitives.group(group)?.generate();
  }
}

/** So many far ends may say hello before the first of them goes on. */
const MOST_SPARE = 16;

import type { KeyPair, Primitives } from "./primitives.ts";

/**
 * New key pairs, one of them made ahead: what a handshake computes is spread over its turns, so that none
 * takes long. Every pair is used once.
 */
export class KeySupply {
  readonly #primitives: Primitives;
  #spare: { readonly group: number; readonly pair: KeyPair } | undefined;
  #lastGroup: number | undefined;

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  /** Makes the next pair, if there is none, in the group that was wanted last or else in `group`. */
  prepare(group: number): void {
    if (this.#spare) return;
    const next = this.#lastGroup ?? group;
    const pair = this.#primitives.group(next)?.generate();
    if (pair) this.#spare = { group: next, pair };
  }

  /** Undefined if the group is not supported. */
  take(group: number): KeyPair | undefined {
    this.#lastGroup = group;
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.group === group ? spare.pair : this.#primitives.group(group)?.generate();
  }
}

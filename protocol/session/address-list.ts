import { MAX_CANDIDATES } from "../params.ts";
import { type Address, sameAddress } from "../wire/address.ts";

/** Addresses; none is added that is in it already. What is too many is left out. */
export class AddressList implements Iterable<Address> {
  /** BOUNDED: MAX_CANDIDATES. */
  readonly #addresses: Address[];

  constructor(addresses: readonly Address[]) {
    this.#addresses = addresses.slice(0, MAX_CANDIDATES);
  }

  add(address: Address): void {
    if (this.#addresses.length >= MAX_CANDIDATES) return;
    if (!this.#addresses.some((other) => sameAddress(other, address))) {
      this.#addresses.push(address);
    }
  }

  [Symbol.iterator](): Iterator<Address> {
    return this.#addresses.values();
  }
}

import { type Address, sameAddress } from "../wire/address.ts";
import type { LinkId, Path } from "./events.ts";

/** What an endpoint has to know of a link. */
export interface LinkTraits {
  /** Can it send to this address? */
  readonly reaches: (address: Address) => boolean;
  /**
   * Sessions prefer links of a higher rank: they move to one as soon as the far end has answered there,
   * and away from it only when it has fallen silent.
   * @default 0
   */
  readonly rank?: number | undefined;
  /** See `Link`. */
  readonly maxDatagramBytes?: ((to: Address) => number | undefined) | undefined;
  /**
   * Whoever carries its datagrams says truly where they come from, as a relay does: who asks for a
   * session there need not prove it with a cookie.
   * @default false
   */
  readonly isVouched?: boolean | undefined;
}

/** The sockets of an endpoint, and what each of them reaches. They come and go at run time. */
export class Links {
  readonly #traits = new Map<LinkId, LinkTraits>();

  add(link: LinkId, traits: LinkTraits): void {
    this.#traits.set(link, traits);
  }

  delete(link: LinkId): void {
    this.#traits.delete(link);
  }

  has(link: LinkId): boolean {
    return this.#traits.has(link);
  }

  /** Those that reach `address`, the oldest first. */
  to(address: Address): LinkId[] {
    const links: LinkId[] = [];
    for (const [link, { reaches }] of this.#traits) if (reaches(address)) links.push(link);
    return links;
  }

  /** The other ways to a far end that is at `addresses`. */
  pathsBeside(current: Path, addresses: Iterable<Address>): Path[] {
    const paths: Path[] = [];
    for (const address of addresses) {
      for (const link of this.to(address)) {
        if (link !== current.link || !sameAddress(address, current.address)) {
          paths.push({ link, address });
        }
      }
    }
    return paths;
  }

  isVouched(link: LinkId): boolean {
    return this.#traits.get(link)?.isVouched ?? false;
  }

  /** What is known to reach the far end of `path` without being cut up. */
  maxDatagramBytes({ link, address }: Path): number | undefined {
    return this.#traits.get(link)?.maxDatagramBytes?.(address);
  }

  /** That of a link which is gone is the lowest. */
  rank(link: LinkId): number {
    const traits = this.#traits.get(link);
    return traits ? (traits.rank ?? 0) : Number.NEGATIVE_INFINITY;
  }
}

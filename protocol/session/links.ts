import type { Address } from "../wire/address.ts";
import type { LinkId } from "./events.ts";

/** The sockets of an endpoint, and what each of them reaches. They come and go at run time. */
export class Links {
  readonly #reaches = new Map<LinkId, (address: Address) => boolean>();

  add(link: LinkId, reaches: (address: Address) => boolean): void {
    this.#reaches.set(link, reaches);
  }

  delete(link: LinkId): void {
    this.#reaches.delete(link);
  }

  has(link: LinkId): boolean {
    return this.#reaches.has(link);
  }

  /** Those that reach `address`, the oldest first. */
  to(address: Address): LinkId[] {
    const links: LinkId[] = [];
    for (const [link, reaches] of this.#reaches) if (reaches(address)) links.push(link);
    return links;
  }
}

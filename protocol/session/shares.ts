import { Table } from "../bytes/table.ts";
import type { Address } from "../wire/address.ts";
import { networkOf, sourceOf } from "../wire/source.ts";

/** Whoever has to go, if anybody has, when one more wants to come. */
interface Greediest<Item> {
  /** Those of the source that has most, the oldest first. */
  readonly items: Iterable<Item>;
  /** It, or its network, has more than whoever comes will have then. */
  readonly hasMore: boolean;
}

/**
 * Who has how many of what there is for all, by source and network. Whose network has most is known at
 * once: it is asked when there is no room, and thousands may want some.
 */
export class Shares<Item extends { readonly id: number }> {
  /** BOUNDED: by those who add. */
  readonly #places = new Table<number, Place>();
  readonly #networks = new Table<string, Network<Item>>();
  /** Networks by how many they have. */
  readonly #bySize = new Table<number, Table<string, Network<Item>>>();
  #largestSize = 0;

  get size(): number {
    return this.#places.size;
  }

  /** Entries of its tables. */
  get remembered(): number {
    return this.#places.size + this.#networks.size + this.#bySize.size;
  }

  /** How many the network of `from` has. */
  sizeOfNetwork(from: Address): number {
    return this.#networks.get(networkOf(from))?.size ?? 0;
  }

  /** What `from` has, the oldest first. */
  of(from: Address): Group<Item> {
    return this.#networks.get(networkOf(from))?.sources.get(sourceOf(from)) ?? NOBODY;
  }

  add(item: Item, from: Address): void {
    const place = { network: networkOf(from), source: sourceOf(from) };
    const network = this.#networks.get(place.network) ?? {
      name: place.network,
      size: 0,
      sources: new Table(),
    };
    const source = network.sources.get(place.source) ?? new Table<number, Item>();
    this.#places.set(item.id, place);
    this.#networks.set(place.network, network);
    network.sources.set(place.source, source.set(item.id, item));
    this.#resize(network, network.size + 1);
  }

  /** Idempotent. */
  delete(item: Item): void {
    const place = this.#places.get(item.id);
    const network = place && this.#networks.get(place.network);
    if (!network) return;
    this.#places.delete(item.id);
    const source = network.sources.get(place.source);
    source?.delete(item.id);
    if (source?.size === 0) network.sources.delete(place.source);
    this.#resize(network, network.size - 1);
    if (network.size === 0) this.#networks.delete(place.network);
  }

  /** Of all, or of the network of `from` alone: whose place one more of `from` may take. */
  greediest(from: Address, among: "all" | "network"): Greediest<Item> {
    const own = this.#networks.get(networkOf(from));
    const crowd = among === "all" ? this.#largest : own;
    const items = largestOf(crowd?.sources ?? []);
    const { size = 0 } = own ?? {};
    const hasMore = (crowd?.size ?? 0) > size + 1 || items.size > this.of(from).size + 1;
    return { items, hasMore };
  }

  /** The first that got there of the networks that have most. */
  get #largest(): Network<Item> | undefined {
    for (const network of this.#bySize.get(this.#largestSize) ?? []) return network;
    return undefined;
  }

  #resize(network: Network<Item>, size: number): void {
    const before = this.#bySize.get(network.size);
    before?.delete(network.name);
    if (before?.size === 0) this.#bySize.delete(network.size);
    network.size = size;
    if (size > 0) {
      const ofSize = this.#bySize.get(size) ?? new Table<string, Network<Item>>();
      this.#bySize.set(size, ofSize.set(network.name, network));
    }
    // Sizes change by one: if the largest was the only one of its size, it is the largest still.
    if (size > this.#largestSize || !this.#bySize.has(this.#largestSize)) this.#largestSize = size;
  }
}

/** The first of the largest. A network has 256 sources at most. */
function largestOf<Item>(sources: Iterable<Group<Item>>): Group<Item> {
  let largest: Group<Item> = NOBODY;
  for (const source of sources) if (source.size > largest.size) largest = source;
  return largest;
}

interface Place {
  readonly network: string;
  readonly source: string;
}

interface Network<Item> {
  readonly name: string;
  size: number;
  readonly sources: Table<string, Table<number, Item>>;
}

/** The oldest first. */
interface Group<Item> extends Iterable<Item> {
  readonly size: number;
}

const NOBODY: Group<never> = new Table<number, never>();

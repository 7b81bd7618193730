import type { Address } from "../../../protocol/wire/address.ts";
import type { Prng } from "../prng.ts";
import type { NatConfig, PortAllocation } from "./config.ts";

type Sequential = Extract<PortAllocation, { readonly kind: "sequential" }>;

/** Chooses outside ports. Remembers only what its rule needs: the next port, or who has which block. */
export class PortAllocator {
  readonly #config: NatConfig;
  readonly #random: Prng;
  /** First ports of the blocks, by inside IP address: at most one for each block that fits. */
  readonly #blocks = new Map<string, number>();
  #next: number;
  #usedAt = 0;

  constructor(config: NatConfig, random: Prng) {
    this.#config = config;
    this.#random = random;
    const { allocation, firstPort, lastPort } = config;
    const start = allocation.kind === "sequential" ? allocation.startPort : undefined;
    this.#next = start ?? firstPort + random.below(lastPort - firstPort + 1);
  }

  /** A port for which `isFree` holds, or undefined if there is none. */
  allocate(inside: Address, now: number, isFree: (port: number) => boolean): number | undefined {
    const { allocation, firstPort, lastPort } = this.#config;
    if (allocation.kind === "preserving" && isFree(inside.port)) return inside.port;
    const fits = this.#config.parity
      ? (port: number) => port % 2 === inside.port % 2 && isFree(port)
      : isFree;
    if (allocation.kind === "sequential") return this.#sequential(allocation, now, fits);
    if (allocation.kind === "block") {
      const first = this.#block(inside.ip, allocation.size);
      return first === undefined ? undefined : this.#anyOf(first, allocation.size, fits);
    }
    return this.#anyOf(firstPort, lastPort - firstPort + 1, fits);
  }

  #sequential(
    { step = 1, busyPerSecond = 0 }: Sequential,
    now: number,
    isFree: (port: number) => boolean,
  ): number | undefined {
    const others = Math.floor(((now - this.#usedAt) * busyPerSecond) / 1000);
    this.#next = this.#wrapped(this.#next + others * step);
    this.#usedAt = now;
    const count = this.#config.lastPort - this.#config.firstPort + 1;
    for (let tries = 0; tries < count; tries += 1) {
      const port = this.#next;
      this.#next = this.#wrapped(port + step);
      if (isFree(port)) return port;
      // Even steps alone would never change parity, nor others' ports ever be met.
      if (step % 2 === 0 && isFree(this.#wrapped(port + 1))) return this.#wrapped(port + 1);
    }
    return undefined;
  }

  #wrapped(port: number): number {
    const { firstPort, lastPort } = this.#config;
    const count = lastPort - firstPort + 1;
    return firstPort + ((((port - firstPort) % count) + count) % count);
  }

  /** From a random place on, so that a range that is almost full costs one round. */
  #anyOf(first: number, count: number, isFree: (port: number) => boolean): number | undefined {
    for (let tries = 0; tries < RANDOM_TRIES; tries += 1) {
      const port = first + this.#random.below(count);
      if (isFree(port)) return port;
    }
    const start = this.#random.below(count);
    for (let offset = 0; offset < count; offset += 1) {
      const port = first + ((start + offset) % count);
      if (isFree(port)) return port;
    }
    return undefined;
  }

  #block(ip: string, size: number): number | undefined {
    const known = this.#blocks.get(ip);
    if (known !== undefined) return known;
    const taken = new Set(this.#blocks.values());
    const blocks = Math.floor((this.#config.lastPort - this.#config.firstPort + 1) / size);
    const start = this.#random.below(blocks);
    for (let offset = 0; offset < blocks; offset += 1) {
      const first = this.#config.firstPort + ((start + offset) % blocks) * size;
      if (taken.has(first)) continue;
      this.#blocks.set(ip, first);
      return first;
    }
    return undefined;
  }
}

/** Draws before the search goes port by port: keeps ports independent while there is room. */
const RANDOM_TRIES = 16;

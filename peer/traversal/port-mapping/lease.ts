import type { Mapping } from "./mapping.ts";

/** A mapping and when to renew it. */
export class Lease {
  #mapping: Mapping | undefined;
  #renewAt = Number.POSITIVE_INFINITY;

  get mapping(): Mapping | undefined {
    return this.#mapping;
  }

  /** Infinity without a mapping. */
  get expiresAt(): number {
    return this.#mapping?.expiresAt ?? Number.POSITIVE_INFINITY;
  }

  /** When to renew; Infinity without a mapping. */
  get renewAt(): number {
    return this.#renewAt;
  }

  grant(mapping: Mapping, now: number): void {
    this.#mapping = mapping;
    this.#renewAt = now + this.#halfOfRest(now);
  }

  /** Renewing did not work: again at half of what is left, as RFC 6887 §11.2.1 has it. */
  postpone(now: number): void {
    if (this.#mapping) this.#renewAt = now + this.#halfOfRest(now);
  }

  /** The router has lost it, perhaps: renew at once. */
  doubt(now: number): void {
    if (this.#mapping) this.#renewAt = now;
  }

  isExpired(now: number): boolean {
    return now >= this.expiresAt;
  }

  end(): void {
    this.#mapping = undefined;
    this.#renewAt = Number.POSITIVE_INFINITY;
  }

  #halfOfRest(now: number): number {
    const rest = (this.#mapping?.expiresAt ?? now) - now;
    return Math.max(MIN_RENEW_MS, Math.min(rest / 2, MAX_RENEW_MS));
  }
}

/**
 * RFC 6886 §3.3 recommends two hours. Ten minutes make each renewal the test whether the router still
 * has the mapping, and leave nothing behind for long when a program is killed.
 */
export const LEASE_SECONDS = 600;
/** Also of mappings that the router grants for longer than was asked. */
const MAX_RENEW_MS: number = (LEASE_SECONDS * 1_000) / 2;
/** RFC 6887 §11.2.1: never more often, whatever the server grants. */
const MIN_RENEW_MS = 4_000;

import type { Address } from "../../../protocol/wire/address.ts";

/** One far end (or what the filter takes for one) that a mapping may hear from. */
export interface Permission {
  readonly mapping: Mapping;
  readonly openedAt: number;
  hasReply: boolean;
  expiresAt: number;
}

/** An inside address and the outside address that stands for it. */
export interface Mapping {
  readonly key: string;
  readonly inside: Address;
  readonly outside: Address;
  /** Where the mapping is in `Bindings`: protocol and outside address. */
  readonly outsideKey: string;
  expiresAt: number;
}

/** What holds of one outside address: the mappings that use it, and whom they hear. */
interface Binding {
  readonly mappings: Set<Mapping>;
  readonly permissions: Map<string, Permission>;
}

/**
 * The tables of a NAT. What has expired is forgotten when it is met, or when the tables are full: they
 * hold at most the mappings that `sweep` leaves, and for each the far ends its inside host has sent to.
 */
export class Bindings {
  readonly #mappings = new Map<string, Mapping>();
  readonly #bindings = new Map<string, Binding>();

  /** Mappings, those included that have expired and not been met since. */
  get size(): number {
    return this.#mappings.size;
  }

  mapping(key: string, now: number): Mapping | undefined {
    const mapping = this.#mappings.get(key);
    return mapping && this.#isLive(mapping, now) ? mapping : undefined;
  }

  add(mapping: Mapping): void {
    this.#mappings.set(mapping.key, mapping);
    const binding = this.#bindings.get(mapping.outsideKey);
    if (binding) binding.mappings.add(mapping);
    else {
      const mappings = new Set([mapping]);
      this.#bindings.set(mapping.outsideKey, { mappings, permissions: new Map() });
    }
  }

  remove(mapping: Mapping): void {
    this.#mappings.delete(mapping.key);
    const binding = this.#bindings.get(mapping.outsideKey);
    binding?.mappings.delete(mapping);
    if (binding?.mappings.size === 0) this.#bindings.delete(mapping.outsideKey);
  }

  /** Does any mapping use this outside address? */
  isUsed(outsideKey: string, now: number): boolean {
    const binding = this.#bindings.get(outsideKey);
    if (!binding) return false;
    for (const mapping of binding.mappings) if (this.#isLive(mapping, now)) return true;
    return false;
  }

  permission(outsideKey: string, filterKey: string, now: number): Permission | undefined {
    const permission = this.#bindings.get(outsideKey)?.permissions.get(filterKey);
    if (!permission || permission.expiresAt <= now) return undefined;
    return this.#mappings.get(permission.mapping.key) === permission.mapping
      ? permission
      : undefined;
  }

  permit(filterKey: string, permission: Permission): void {
    this.#bindings.get(permission.mapping.outsideKey)?.permissions.set(filterKey, permission);
  }

  forbid(outsideKey: string, filterKey: string): void {
    this.#bindings.get(outsideKey)?.permissions.delete(filterKey);
  }

  /** Forgets all that has expired. */
  sweep(now: number): void {
    for (const mapping of this.#mappings.values()) this.#isLive(mapping, now);
    for (const { permissions } of this.#bindings.values()) {
      for (const [key, { expiresAt }] of permissions) if (expiresAt <= now) permissions.delete(key);
    }
  }

  clear(): void {
    this.#mappings.clear();
    this.#bindings.clear();
  }

  #isLive(mapping: Mapping, now: number): boolean {
    if (mapping.expiresAt > now) return true;
    this.remove(mapping);
    return false;
  }
}

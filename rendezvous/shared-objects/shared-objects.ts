import type { SharedObjectMessage } from "../../protocol/rtmp/shared-object.ts";
import { CacheBudget } from "../../protocol/tc/cache-budget.ts";
import { SharedObject, type SharedObjectKey } from "./shared-object.ts";
import type { SharedObjectLimits } from "./shared-object-limits.ts";

/** Where persistent objects are kept. */
export interface SharedObjectKeeper {
  /** It has changed: `content` answers what to keep from now on, undefined for nothing. */
  changed(key: SharedObjectKey, content: () => SharedObjectMessage | undefined): void;
}

/** A persistent object as it was kept. */
export interface KeptSharedObject {
  readonly app: string;
  readonly content: SharedObjectMessage;
}

/** Why an object cannot be used, as Flash clients know it. */
export type SharedObjectRefusal =
  | "SharedObject.ObjectCreationFailed"
  | "SharedObject.BadPersistence";

/**
 * The shared objects of all applications. A temporary one exists while somebody uses it, a persistent
 * one as long as there is something in it.
 */
export class SharedObjects {
  readonly limits: SharedObjectLimits;
  readonly #keeper: SharedObjectKeeper | undefined;
  readonly #budget: CacheBudget;
  /** By application, then by name. BOUNDED: maxObjects. */
  readonly #apps = new Map<string, Map<string, SharedObject>>();
  #size = 0;
  /** Persistent objects by who made them since the start. BOUNDED: maxObjects. */
  readonly #makers = new Map<SharedObject, string>();
  #lastUserId = 0;

  /** Without a keeper, persistent objects last as long as the server. */
  constructor(
    limits: SharedObjectLimits,
    keeper?: SharedObjectKeeper,
    kept: Iterable<KeptSharedObject> = [],
  ) {
    this.limits = limits;
    this.#keeper = keeper;
    this.#budget = new CacheBudget(limits.maxBytes);
    for (const { app, content } of kept) {
      const object = this.#create({ app, name: content.name, isPersistent: true });
      object?.restore(content);
    }
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  nextUserId(): number {
    this.#lastUserId += 1;
    return this.#lastUserId;
  }

  /**
   * The object of that name, made if there is none; or why it cannot be used. `source`: who asks, of
   * whom a limit of persistent objects holds.
   */
  open(key: SharedObjectKey, source: string): SharedObject | SharedObjectRefusal {
    const known = this.#apps.get(key.app)?.get(key.name);
    if (known && known.key.isPersistent !== key.isPersistent) return "SharedObject.BadPersistence";
    const object = known ?? this.#make(key, source);
    if (!object || object.userCount >= this.limits.maxUsers) {
      return "SharedObject.ObjectCreationFailed";
    }
    return object;
  }

  /** Somebody uses it no longer. */
  released(object: SharedObject): void {
    const { key, userCount, isEmpty } = object;
    if (userCount > 0 || (key.isPersistent && !isEmpty)) return;
    const objects = this.#apps.get(key.app);
    if (objects?.get(key.name) !== object) return;
    object.discard();
    this.#makers.delete(object);
    objects.delete(key.name);
    this.#size -= 1;
    if (objects.size === 0) this.#apps.delete(key.app);
  }

  #make(key: SharedObjectKey, source: string): SharedObject | undefined {
    if (!key.isPersistent) return this.#create(key);
    const { persistent, maxPersistentPerAddress } = this.limits;
    if (!persistent || this.#madeBy(source) >= maxPersistentPerAddress) return undefined;
    const object = this.#create(key);
    if (object) this.#makers.set(object, source);
    return object;
  }

  #madeBy(source: string): number {
    let count = 0;
    for (const maker of this.#makers.values()) if (maker === source) count += 1;
    return count;
  }

  #create(key: SharedObjectKey): SharedObject | undefined {
    const { maxObjects, maxObjectsPerApp } = this.limits;
    const { app, name } = key;
    const objects = this.#apps.get(app) ?? new Map<string, SharedObject>();
    if (name === "" || Buffer.byteLength(name) > MAX_NAME_BYTES) return undefined;
    if (this.#size >= maxObjects || objects.size >= maxObjectsPerApp) return undefined;
    const object = new SharedObject(key, this.limits, this.#budget, () => this.#changed(object));
    this.#apps.set(app, objects.set(name, object));
    this.#size += 1;
    return object;
  }

  #changed(object: SharedObject): void {
    if (!object.key.isPersistent) return;
    this.#keeper?.changed(object.key, () => (object.isEmpty ? undefined : object.content));
  }
}

const MAX_NAME_BYTES = 256;

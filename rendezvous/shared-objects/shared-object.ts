import { Amf0Marker } from "../../protocol/amf/amf0-marker.ts";
import type { SharedObjectEvent, SharedObjectMessage } from "../../protocol/rtmp/shared-object.ts";
import type { CacheBudget } from "../../protocol/tc/cache-budget.ts";
import type { SharedObjectLimits } from "./shared-object-limits.ts";
import { Slots } from "./slots.ts";
import { type SharedObjectUser, tell } from "./user.ts";

/** Which object it is, and how it is kept. */
export interface SharedObjectKey {
  readonly app: string;
  readonly name: string;
  readonly isPersistent: boolean;
}

/**
 * One shared object: slots with values, and those who use it. A message is one change, however many
 * slots are in it: the version counts messages, and everybody hears of each in one message.
 */
export class SharedObject {
  readonly key: SharedObjectKey;
  readonly #slots: Slots;
  /** BOUNDED: maxUsers. */
  readonly #users = new Set<SharedObjectUser>();
  readonly #onChange: () => void;
  #version = 0;

  /** `onChange` is called when slots have changed. */
  constructor(
    key: SharedObjectKey,
    limits: SharedObjectLimits,
    budget: CacheBudget,
    onChange: () => void,
  ) {
    this.key = key;
    this.#slots = new Slots(limits, budget);
    this.#onChange = onChange;
  }

  get userCount(): number {
    return this.#users.size;
  }

  /** About how long all of it is. */
  get bytes(): number {
    return this.#slots.bytes;
  }

  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }

  /** All of it, as somebody who begins to use it hears of it. */
  get content(): SharedObjectMessage {
    const changes = [...this.#slots].map(([name, { value }]) => ({
      type: "change" as const,
      name,
      value,
    }));
    return this.#message([{ type: "useSuccess" }, { type: "clear" }, ...changes]);
  }

  /** Puts what was kept back in. Slots past the limits are left out. */
  restore({ version, events }: SharedObjectMessage): void {
    this.#version = version;
    for (const event of events) {
      if (event.type === "change") this.#slots.set(event.name, event.value, version, undefined);
    }
  }

  /** Who uses it already, and so knows it, hears only that this is so. */
  use(user: SharedObjectUser, now: number): void {
    const knows = this.#users.has(user);
    this.#users.add(user);
    tell([user], knows ? this.#message([{ type: "useSuccess" }]) : this.content, now);
  }

  release(user: SharedObjectUser): void {
    this.#users.delete(user);
  }

  /** It is gone: what it held is free. */
  discard(): void {
    this.#slots.clear();
  }

  /** What one of its users wants of it. Answers how many bytes that user is told. */
  receive(user: SharedObjectUser, message: SharedObjectMessage, now: number): number {
    const mine: SharedObjectEvent[] = [];
    const corrected = new Set<string>();
    const others: SharedObjectEvent[] = [];
    const version = (this.#version + 1) >>> 0;
    let isChanged = false;
    for (const event of message.events) {
      const answer = this.#act(user, event, message.version, version);
      for (const told of answer.mine) if (isNews(told, corrected)) mine.push(told);
      if (!answer.others) continue;
      others.push(answer.others);
      isChanged ||= event.type !== "send";
    }
    if (isChanged) this.#version = version;
    const told = mine.length > 0 ? tell([user], this.#message(mine), now) : 0;
    if (others.length > 0) tell(this.#without(user), this.#message(others), now);
    if (isChanged) this.#onChange();
    return told;
  }

  /** `known`: the version that the user knows; `next`: the one that a change makes. */
  #act(user: SharedObjectUser, event: SharedObjectEvent, known: number, next: number): Answer {
    switch (event.type) {
      case "requestChange":
        if (this.#isOutdated(event.name, known, user)) return { mine: [this.#current(event.name)] };
        return isNothing(event.value)
          ? this.#remove(event.name)
          : this.#change(event.name, event.value, next, user);
      case "requestRemove":
        if (this.#isOutdated(event.name, known, user)) return { mine: [this.#current(event.name)] };
        return this.#remove(event.name);
      case "clear":
        this.#slots.clear();
        return both(event);
      case "send":
        return both(event);
      default: // Joining and leaving are not its own matter; the rest is for servers to say.
        return { mine: [] };
    }
  }

  /**
   * Somebody else has changed the slot, and this user did not know: who changes first, wins. Clients
   * that do not count versions say 0.
   */
  #isOutdated(name: string, known: number, user: SharedObjectUser): boolean {
    const slot = this.#slots.get(name);
    if (!slot || known === 0 || slot.owner === user.id) return false;
    return (slot.version - known) << 0 > 0;
  }

  #change(name: string, value: Uint8Array, version: number, user: SharedObjectUser): Answer {
    if (!this.#slots.set(name, value, version, user.id)) {
      return { mine: [NO_ROOM, this.#current(name)] };
    }
    return { mine: [{ type: "success", name }], others: { type: "change", name, value } };
  }

  #remove(name: string): Answer {
    return this.#slots.delete(name) ? both({ type: "remove", name }) : { mine: [] };
  }

  /** What the slot is, for somebody who wanted something else. */
  #current(name: string): SharedObjectEvent {
    const value = this.#slots.get(name)?.value;
    return value ? { type: "change", name, value } : { type: "remove", name };
  }

  #without(user: SharedObjectUser): SharedObjectUser[] {
    return [...this.#users].filter((other) => other !== user);
  }

  #message(events: readonly SharedObjectEvent[]): SharedObjectMessage {
    const { name, isPersistent } = this.key;
    return { name, version: this.#version, isPersistent, events };
  }
}

/** What the user who asked hears, and what the others do. */
interface Answer {
  readonly mine: readonly SharedObjectEvent[];
  readonly others?: SharedObjectEvent;
}

function both(event: SharedObjectEvent): Answer {
  return { mine: [event], others: event };
}

/** What a slot is need be told once a message, however often it was asked to be something else. */
function isNews(told: SharedObjectEvent, corrected: Set<string>): boolean {
  if (told.type !== "change") return true;
  const isKnown = corrected.has(told.name);
  corrected.add(told.name);
  return !isKnown;
}

/** In ActionScript a slot that is set to null, or to nothing, is gone. */
function isNothing(value: Uint8Array): boolean {
  return value[0] === Amf0Marker.null || value[0] === Amf0Marker.undefined;
}

const NO_ROOM: SharedObjectEvent = {
  type: "status",
  code: "SharedObject.NoWriteAccess",
  level: "error",
};

import type { PairRequest } from "./matchmaker.ts";
import type { Member } from "./member.ts";
import { Pool } from "./pool.ts";

/**
 * Those who wait, in pools of which everybody in one would do for everybody else in it, but for who
 * does not want whom. As any two who would do are paired at once, a pool never holds more than the
 * lists of unwanted peers explain, however many wait: looking for somebody takes no longer then.
 */
export class WaitingLine {
  /** BOUNDED: by those who wait, who have 16 tags at most. */
  readonly #pools = new Map<string, Pool<Member>>();
  readonly #members = new Set<Member>();
  readonly #below: (limit: number) => number;

  /** `below(limit)` draws a whole number from 0 to `limit` - 1. */
  constructor(below: (limit: number) => number) {
    this.#below = below;
  }

  get size(): number {
    return this.#members.size;
  }

  add(member: Member): void {
    this.#members.add(member);
    for (const key of keysOf(member.request)) {
      const pool = this.#pools.get(key) ?? new Pool();
      pool.add(member);
      this.#pools.set(key, pool);
    }
  }

  delete(member: Member): void {
    this.#members.delete(member);
    for (const key of keysOf(member.request)) {
      const pool = this.#pools.get(key);
      pool?.delete(member);
      if (pool?.size === 0) this.#pools.delete(key);
    }
  }

  /** Somebody who does for `request` and `fits`: under one of its tags at random, there at random. */
  find(request: PairRequest, fits: (member: Member) => boolean): Member | undefined {
    const { app, language } = request;
    const tags = tagsOf(request);
    const start = this.#below(tags.length);
    const order = [...tags.slice(start), ...tags.slice(0, start)];
    const languages = language === undefined ? [EVERYBODY] : [language, ANY_LANGUAGE];
    for (const tag of order) {
      for (const pooled of languages) {
        const pool = this.#pools.get(keyOf(app, tag, pooled));
        const found = pool?.find(fits, this.#below);
        if (found) return found;
      }
    }
    return undefined;
  }
}

/** Each waits where those look who speak the same language, and where those do who do not care. */
function keysOf(request: PairRequest): string[] {
  const { app, language } = request;
  return tagsOf(request).flatMap((tag) => [
    keyOf(app, tag, EVERYBODY),
    keyOf(app, tag, language ?? ANY_LANGUAGE),
  ]);
}

function tagsOf({ tags }: PairRequest): readonly string[] {
  return tags.length === 0 ? NO_TAGS : tags;
}

function keyOf(app: string, tag: string, language: string): string {
  return JSON.stringify([app, tag, language]);
}

/** A tag is never empty, so this is the pool of those who have none. */
const NO_TAGS: readonly string[] = [""];
/** Neither is a language; nor is any called so. */
const EVERYBODY = "*";
const ANY_LANGUAGE = "";

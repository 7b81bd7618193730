/** How often something may happen. */
export interface Rate {
  readonly perSecond: number;
  /** As often it may happen at once, after a time of rest. */
  readonly burst: number;
}

/** A token bucket: full at first, refilled with time. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #filledAt: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAt = now;
  }

  /** Answers whether it may happen now, `amount` times at once. */
  take(now: number, amount = 1): boolean {
    if (!this.has(now, amount)) return false;
    this.#tokens -= amount;
    return true;
  }

  /** It happens in any case: what is missing now is missing later. */
  charge(now: number, amount: number): void {
    this.has(now);
    this.#tokens -= amount;
  }

  /** Answers whether it could happen now. */
  has(now: number, amount = 1): boolean {
    const { perSecond, burst } = this.#rate;
    const refill = (Math.max(0, now - this.#filledAt) / 1000) * perSecond;
    this.#tokens = Math.min(burst, this.#tokens + refill);
    this.#filledAt = now;
    return this.#tokens >= amount;
  }
}

/** A token bucket for each key. Only the `maxKeys` keys that were used last are remembered. */
export class KeyedBuckets {
  readonly #rate: Rate;
  readonly #maxKeys: number;
  /** Least recently used first. BOUNDED: maxKeys. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate, maxKeys: number) {
    this.#rate = rate;
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#buckets.size;
  }

  take(key: string, now: number, amount = 1): boolean {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate, now);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#maxKeys) this.#forgetOldest();
    return bucket.take(now, amount);
  }

  /** Answers whether `take` would succeed. */
  has(key: string, now: number, amount = 1): boolean {
    return this.#buckets.get(key)?.has(now, amount) ?? true;
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}

import { MAX_CANDIDATES, STARTUP_BACKOFF_MS, STARTUP_FIRST_INTERVAL_MS } from "../params.ts";
import { type Address, formatAddress } from "../wire/address.ts";

/** Who says that the far end may be there: whoever opens the session, or a Redirect. */
export type CandidateSource = "named" | "told";

/** Places where a far end may be, and when it is to be asked for at each, RFC 7016 §3.5.1.1.1. */
export class Candidates {
  /** BOUNDED: MAX_CANDIDATES. */
  readonly #byAddress = new Map<string, Candidate>();

  get addresses(): readonly Address[] {
    return [...this.#byAddress.values()].map(({ address }) => address);
  }

  /** When the next is to be asked, ms. */
  get timeout(): number {
    let timeout = Number.POSITIVE_INFINITY;
    for (const { at } of this.#byAddress.values()) timeout = Math.min(timeout, at);
    return timeout;
  }

  has(address: Address): boolean {
    return this.#byAddress.has(formatAddress(address));
  }

  /**
   * One more, to be asked at `at`; one that was not asked yet is asked then if that is sooner. Where there
   * are too many, what is named takes the place of what we were told.
   */
  add({ ip, port }: Address, at: number, source: CandidateSource): void {
    const address = { ip, port };
    const key = formatAddress(address);
    const known = this.#byAddress.get(key);
    if (known) {
      if (!known.isAsked) known.at = Math.min(known.at, at);
      if (source === "named") known.source = source;
      return;
    }
    if (!this.#hasRoom(source)) return;
    const intervalMs = STARTUP_FIRST_INTERVAL_MS;
    this.#byAddress.set(key, { address, at, intervalMs, isAsked: false, source });
  }

  /** Makes room for what is named, if it can. */
  #hasRoom(source: CandidateSource): boolean {
    if (this.#byAddress.size < MAX_CANDIDATES) return true;
    if (source === "told") return false;
    for (const [key, candidate] of this.#byAddress) {
      if (candidate.source === "told") return this.#byAddress.delete(key);
    }
    return false;
  }

  /** Those that are to be asked now; `isAsked`: not for the first time. Each comes again, later. */
  *takeDue(now: number): Generator<Pick<Candidate, "address" | "isAsked">, void> {
    for (const candidate of this.#byAddress.values()) {
      if (now < candidate.at) continue;
      const { address, isAsked } = candidate;
      candidate.isAsked = true;
      candidate.at = now + candidate.intervalMs;
      candidate.intervalMs += STARTUP_BACKOFF_MS;
      yield { address, isAsked };
    }
  }

  /** Those that were asked already. */
  get asked(): readonly Address[] {
    const asked = [...this.#byAddress.values()].filter(({ isAsked }) => isAsked);
    return asked.map(({ address }) => address);
  }

  /** It has answered: it is not asked again. */
  rest(address: Address): void {
    const candidate = this.#byAddress.get(formatAddress(address));
    if (candidate) candidate.at = Number.POSITIVE_INFINITY;
  }

  clear(): void {
    this.#byAddress.clear();
  }
}

interface Candidate {
  readonly address: Address;
  /** When to ask there again, and how long to wait after that. */
  at: number;
  intervalMs: number;
  isAsked: boolean;
  source: CandidateSource;
}

import type { Io } from "../protocol/io.ts";

/** A connection whose client can be asked to connect anew. */
export interface Movable {
  /** `tcUrl`: to another server; absolute, or relative to the one that it knows. */
  requestReconnect(tcUrl: string | undefined, now: number): boolean;
}

/** Where clients are to go before a server ends. */
export interface DrainOptions {
  /**
   * The URL to connect to: absolute, or relative to the one that each client used.
   * @default the one that each client used
   */
  readonly tcUrl?: string | undefined;
  /**
   * How long to wait until they have left, ms, 0 to 3 600 000.
   * @default 10 000
   */
  readonly limitMs?: number | undefined;
}

/** Throws RangeError. */
export function checkDrain({ tcUrl, limitMs }: DrainOptions): void {
  if (tcUrl !== undefined && (typeof tcUrl !== "string" || tcUrl.length > MAX_URL_LENGTH)) {
    throw new RangeError(`drain.tcUrl: a URL of at most ${MAX_URL_LENGTH} characters`);
  }
  if (limitMs === undefined || (Number.isInteger(limitMs) && limitMs >= 0 && limitMs <= HOUR_MS)) {
    return;
  }
  throw new RangeError(`drain.limitMs: a whole number from 0 to ${HOUR_MS}`);
}

/**
 * The clients that follow a request to connect anew, Enhanced RTMP v2: they are served until they
 * have left by themselves.
 */
export class Drain {
  /** BOUNDED: by the connections of the server. */
  readonly #clients = new Set<Movable>();
  #isStarted = false;
  /** Who waits until they have left. BOUNDED: by the calls of `emptied`. */
  readonly #waiting = new Set<() => void>();

  /** Nobody new is let in. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  add(client: Movable): void {
    this.#clients.add(client);
  }

  delete(client: Movable): void {
    if (this.#clients.delete(client) && this.#clients.size === 0) this.#stopWaiting();
  }

  /** Asks all of them. Answers how many. */
  start(tcUrl: string | undefined, now: number): number {
    this.#isStarted = true;
    const clients = [...this.#clients];
    for (const client of clients) client.requestReconnect(tcUrl, now);
    return clients.length;
  }

  /** Resolves when none of them is left, or after `limitMs`. */
  emptied(io: Io, limitMs: number = DRAIN_MS): Promise<void> {
    if (this.#clients.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = (): void => {
        alarm.set(Number.POSITIVE_INFINITY);
        this.#waiting.delete(stop);
        resolve();
      };
      const alarm = io.alarm(stop);
      alarm.set(io.now() + limitMs);
      this.#waiting.add(stop);
    });
  }

  #stopWaiting(): void {
    for (const stop of [...this.#waiting]) stop();
  }
}

/** Most clients follow within a second; those who cannot, stay. */
const DRAIN_MS = 10_000;
const MAX_URL_LENGTH = 1_024;
const HOUR_MS = 3_600_000;

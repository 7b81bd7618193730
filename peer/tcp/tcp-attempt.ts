import type { Alarm, Io } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { TcpStream } from "../platform.ts";
import type { TcpLink } from "./tcp-link.ts";
import { TcpOpen } from "./tcp-open.ts";

/** What an attempt asks of its session and the network. */
export interface TcpAttemptHost {
  readonly io: Io;
  dial(to: Address, signal: AbortSignal): Promise<TcpStream>;
  /** Makes a link of a connection; `onClosed` when it breaks. */
  attach(stream: TcpStream, to: Address, onClosed: (link: TcpLink) => void): Promise<TcpLink>;
  detach(link: TcpLink): void;
  /** Asks for the far end there. */
  probe(link: TcpLink): void;
  /** Does the session go over it? */
  isInUse(link: TcpLink): boolean;
  /** The time is over. */
  onOver(): void;
}

/**
 * Dials the far end's candidates as `TcpOpen` says, and keeps the connection that the session moves
 * to. One end leads: it asks for the far end on one connection after the other, and closes the rest.
 */
export class TcpAttempt {
  readonly #host: TcpAttemptHost;
  readonly #open: TcpOpen;
  readonly #leads: boolean;
  readonly #alarm: Alarm;
  readonly #dialling = new AbortController();
  /** Connections that are there, the oldest first. BOUNDED: one for each candidate. */
  #links: TcpLink[] = [];
  #probed = 0;
  #probeAt = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(
    host: TcpAttemptHost,
    candidates: readonly Address[],
    startAt: number,
    leads: boolean,
  ) {
    this.#host = host;
    this.#open = new TcpOpen(candidates, startAt);
    this.#leads = leads;
    this.#alarm = host.io.alarm(() => this.#advance());
    this.#setAlarm();
  }

  /** The session has moved: if it has moved here, all else is given up. */
  onMoved(): void {
    if (!this.#links.some((link) => this.#host.isInUse(link))) return;
    this.#dialling.abort();
    this.#probeAt = Number.POSITIVE_INFINITY;
    // The other end may still hear of another one: it waits for the leader to choose.
    if (this.#leads) this.#keepOnlyUsed();
  }

  /** Dials nobody more, and keeps what there is. */
  stop(): void {
    this.#isClosed = true;
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.#dialling.abort();
  }

  /** Gives up what there is, and tells nobody. Idempotent. */
  close(): void {
    this.stop();
    for (const link of this.#links) this.#host.detach(link);
    this.#links = [];
  }

  #advance(): void {
    const now = this.#host.io.now();
    const due = this.#open.advance(now);
    if (!this.#dialling.signal.aborted) for (const address of due) void this.#dial(address);
    if (now >= this.#probeAt) this.#probeNext(now);
    if (this.#open.isOver) this.#finish();
    else this.#setAlarm();
  }

  #finish(): void {
    this.#dialling.abort();
    this.#probeAt = Number.POSITIVE_INFINITY;
    this.#keepOnlyUsed();
    this.#host.onOver();
  }

  async #dial(to: Address): Promise<void> {
    const { signal } = this.#dialling;
    try {
      const stream = await this.#host.dial(to, signal);
      if (signal.aborted) stream.close();
      else await this.#opened(stream, to);
    } catch {
      // Refused, unreachable, given up: nothing of it is a surprise.
      this.#open.failed(to);
    }
  }

  async #opened(stream: TcpStream, to: Address): Promise<void> {
    this.#open.opened(to);
    const link = await this.#host.attach(stream, to, (closed) => {
      this.#links = this.#links.filter((other) => other !== closed);
      this.#open.failed(to);
    });
    if (this.#isClosed || this.#open.isOver) {
      this.#host.detach(link);
      return;
    }
    this.#links.push(link);
    if (this.#leads && this.#links.length === 1) this.#probeNext(this.#host.io.now());
    this.#setAlarm();
  }

  /** One at a time, so that both ends come to use the same. */
  #probeNext(now: number): void {
    const link = this.#links[this.#probed % Math.max(1, this.#links.length)];
    this.#probed += 1;
    this.#probeAt = link ? now + PROBE_MS : Number.POSITIVE_INFINITY;
    if (link) this.#host.probe(link);
  }

  #keepOnlyUsed(): void {
    const unused = this.#links.filter((link) => !this.#host.isInUse(link));
    this.#links = this.#links.filter((link) => !unused.includes(link));
    for (const link of unused) this.#host.detach(link);
  }

  #setAlarm(): void {
    this.#alarm.set(Math.min(this.#open.timeout, this.#probeAt));
  }
}

/** A far end that has not answered by then was not there yet, or somebody else is. */
const PROBE_MS = 400;

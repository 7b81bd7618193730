import { MalformedError } from "../../protocol/errors.ts";
import type { Alarm, Io, Link } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { formatIp, parseIp } from "../../protocol/wire/ip.ts";
import { readRelayedDatagram, writeRelayedDatagram } from "../../protocol/wire/relayed-datagram.ts";
import type { WaitOptions } from "../options.ts";
import type { TcpMapping } from "../tcp/tcp-candidates.ts";
import { Waiters } from "../wait.ts";
import type { Tunnel, TunnelHandler } from "./tunnel.ts";
import { TunnelWatch } from "./tunnel-watch.ts";

/** What a relay link needs of its peer. */
export interface RelayHost {
  readonly io: Io;
  /** Opens a tunnel. */
  open(handler: TunnelHandler, options: WaitOptions): Promise<Tunnel>;
  /** Are there sessions that may need it? */
  isNeeded(): boolean;
  /** An attempt to open a tunnel came to its end. */
  onAttempt(hasTunnel: boolean): void;
}

/**
 * The relay as a link: it reaches relay addresses. Its tunnel is opened when somebody holds it or it
 * is needed, comes back when it breaks, and is closed when nobody wants it any more. While there is
 * none, datagrams are lost.
 */
export class RelayLink implements Link {
  /** Where others reach us through it. */
  readonly address: Address;
  readonly #host: RelayHost;
  readonly #receive: (bytes: Uint8Array, from: Address) => void;
  readonly #alarm: Alarm;
  readonly #watch: TunnelWatch;
  readonly #abort = new AbortController();
  #tunnel: Tunnel | undefined;
  #isOpening = false;
  #holds = 0;
  /** Since the tunnel was open last. */
  #failures = 0;
  #retryAt = 0;
  #idleSince: number | undefined;
  /** Who waits for an attempt to come to its end. */
  readonly #waiters: Waiters;

  constructor(
    host: RelayHost,
    address: Address,
    receive: (bytes: Uint8Array, from: Address) => void,
  ) {
    this.#host = host;
    this.address = address;
    this.#receive = receive;
    this.#alarm = host.io.alarm(() => this.update());
    this.#waiters = new Waiters(host.io);
    const watched = { ping: () => this.#tunnel?.ping(), onSilence: () => this.#giveUp() };
    this.#watch = new TunnelWatch(watched, host.io);
  }

  get isOpen(): boolean {
    return this.#tunnel !== undefined;
  }

  /** How its connection looks from both sides, if that is known. */
  get mapping(): TcpMapping | undefined {
    return this.#tunnel?.mapping;
  }

  send(bytes: Uint8Array, to: Address): void {
    if (!this.#tunnel) return;
    this.#watch.noteSent();
    this.#tunnel.send(writeRelayedDatagram({ peer: parseIp(to.ip), datagram: bytes }));
  }

  /** Wants the tunnel until the answered function is called. */
  hold(): () => void {
    let isHeld = true;
    this.#holds += 1;
    this.update();
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds -= 1;
      this.update();
    };
  }

  /** Resolves when the tunnel is open, or could not be opened, or after `limitMs`. */
  settled(limitMs: number): Promise<void> {
    return this.#isOpening ? this.#waiters.wait(limitMs) : Promise.resolve();
  }

  /** Opens the tunnel if it is wanted, closes it some time after it is not. */
  update(): void {
    const { io } = this.#host;
    const now = io.now();
    if (this.#abort.signal.aborted) return;
    if (this.#holds > 0 || this.#host.isNeeded()) {
      this.#idleSince = undefined;
      if (this.#tunnel || this.#isOpening) this.#alarm.set(Number.POSITIVE_INFINITY);
      else if (now < this.#retryAt) this.#alarm.set(this.#retryAt);
      else void this.#open();
    } else if (this.#tunnel) this.#closeLater(now);
    else this.#alarm.set(Number.POSITIVE_INFINITY);
  }

  /** What the tunnel goes through has changed: another one takes its place as soon as it is open. */
  renew(): void {
    this.#retryAt = 0;
    if (this.#tunnel && !this.#isOpening) void this.#open();
    else this.update();
  }

  /** For good. */
  async close(): Promise<void> {
    this.#abort.abort();
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.#watch.stop();
    const tunnel = this.#tunnel;
    this.#tunnel = undefined;
    tunnel?.close();
    this.#waiters.tell();
    await tunnel?.closed;
  }

  #closeLater(now: number): void {
    this.#idleSince ??= now;
    const closeAt = this.#idleSince + IDLE_MS;
    if (now < closeAt) {
      this.#alarm.set(closeAt);
      return;
    }
    this.#idleSince = undefined;
    this.#tunnel?.close();
  }

  async #open(): Promise<void> {
    this.#isOpening = true;
    const { signal } = this.#abort;
    try {
      const tunnel = await this.#host.open(this.#handler(), { signal });
      this.#opened(tunnel);
    } catch {
      // Whatever it was: it is tried again, less and less often.
      this.#failed();
      if (!signal.aborted && !this.#tunnel) this.#host.onAttempt(false);
    }
    this.#isOpening = false;
    this.#waiters.tell();
    this.update();
  }

  #handler(): TunnelHandler {
    return {
      onHeard: () => this.#watch.noteHeard(),
      onPayload: (payload) => this.#take(payload),
    };
  }

  #opened(tunnel: Tunnel): void {
    if (this.#abort.signal.aborted) {
      tunnel.close();
      return;
    }
    const before = this.#tunnel;
    this.#tunnel = tunnel;
    before?.close();
    this.#watch.stop();
    this.#failures = 0;
    this.#host.onAttempt(true);
    const gone = (): void => {
      if (this.#tunnel === tunnel) this.#lost();
    };
    tunnel.closed.then(gone, gone);
  }

  #lost(): void {
    this.#watch.stop();
    this.#tunnel = undefined;
    this.#failed();
    this.update();
  }

  /** Its connection may take long to notice that it is dead: it is left alone with that. */
  #giveUp(): void {
    this.#tunnel?.close();
    this.#lost();
  }

  /** Peers that a restarting relay has lost all at once come back one after another. */
  #failed(): void {
    const { io } = this.#host;
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures);
    const [jitter = 0] = io.random(1);
    this.#failures = Math.min(this.#failures + 1, MAX_FAILURES);
    this.#retryAt = io.now() + backoffMs * (0.5 + jitter / 512);
  }

  #take(payload: Uint8Array): void {
    try {
      const { peer, datagram } = readRelayedDatagram(payload);
      this.#receive(datagram, { ip: formatIp(peer), port: 0 });
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }
}

/** Whoever leaves one stranger may well stand in line for the next soon. */
const IDLE_MS = 10_000;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 30_000;
/** By then the backoff has reached its maximum. */
const MAX_FAILURES = 7;

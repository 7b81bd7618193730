import type { Alarm, Io } from "../../protocol/io.ts";

/** What the watch does with its tunnel. */
export interface WatchedTunnel {
  /** Asks the relay for a sign of life. */
  ping(): void;
  /** Nothing came in spite of that. */
  onSilence(): void;
}

/**
 * Notices that a tunnel is dead long before TCP does: after the network has changed, say. While
 * nothing is sent, nothing is asked.
 */
export class TunnelWatch {
  readonly #tunnel: WatchedTunnel;
  readonly #io: Io;
  readonly #alarm: Alarm;
  #state: "QUIET" | "WAITING" | "ASKED" = "QUIET";

  constructor(tunnel: WatchedTunnel, io: Io) {
    this.#tunnel = tunnel;
    this.#io = io;
    this.#alarm = io.alarm(() => this.#elapsed());
  }

  noteSent(): void {
    if (this.#state !== "QUIET") return;
    this.#state = "WAITING";
    this.#alarm.set(this.#io.now() + PATIENCE_MS);
  }

  /** Something came: whatever it was, the tunnel lives. */
  noteHeard(): void {
    if (this.#state === "QUIET") return;
    this.stop();
  }

  stop(): void {
    this.#state = "QUIET";
    this.#alarm.set(Number.POSITIVE_INFINITY);
  }

  #elapsed(): void {
    if (this.#state === "ASKED") {
      this.stop();
      this.#tunnel.onSilence();
      return;
    }
    this.#state = "ASKED";
    this.#alarm.set(this.#io.now() + ANSWER_MS);
    this.#tunnel.ping();
  }
}

/** Sessions hear of what they sent within a round trip; more than this is rare. */
const PATIENCE_MS = 1_000;
/** A segment that was lost has been sent again twice by then. */
const ANSWER_MS = 2_000;

/** RTMPT: RTMP in the bodies of HTTP requests, for networks that let nothing else out. */

import { toHex } from "../bytes/hex.ts";
import { Schedule } from "../bytes/schedule.ts";
import {
  BAD_REQUEST,
  NOT_FOUND,
  type RespondRtmpt,
  RtmptSession,
  type RtmptSessionHandler,
} from "./rtmpt-session.ts";

export interface RtmptServerOptions<Origin> {
  /** `length` unpredictable bytes: who knows a session's name, owns it. */
  readonly random: (length: number) => Uint8Array;
  /** A client has opened a tunnel; answers who is behind it. */
  readonly accept: (session: RtmptSession, origin: Origin) => RtmptSessionHandler;
  /** Tunnels at the same time; more are refused. */
  readonly maxSessions: number;
}

/** The server's end of all tunnels: requests in, responses out, whatever carries them. */
export class RtmptServer<Origin> {
  readonly #options: RtmptServerOptions<Origin>;
  /** By name. BOUNDED: maxSessions. */
  readonly #tunnels = new Map<string, Tunnel<Origin>>();
  readonly #schedule = new Schedule<Tunnel<Origin>>();

  constructor(options: RtmptServerOptions<Origin>) {
    this.#options = options;
  }

  get size(): number {
    return this.#tunnels.size;
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    return this.#schedule.earliest;
  }

  /** Takes the path and the body of a POST request, and which connection it came over. */
  request(
    path: string,
    body: Uint8Array,
    origin: Origin,
    respond: RespondRtmpt,
    now: number,
  ): void {
    const { kind, name = "", sequence } = PATH.exec(path)?.groups ?? {};
    if (kind === "open") this.#open(origin, respond, now);
    else if (kind === "send" || kind === "idle" || kind === "close") {
      const tunnel = this.#tunnels.get(name);
      if (!tunnel) respond(NOT_FOUND);
      else if (kind === "close") this.#close(tunnel, respond);
      else {
        tunnel.origin = origin;
        tunnel.session.request({ kind, sequence: Number(sequence), body, respond }, now);
        this.#settle(tunnel);
      }
    } else respond(path.startsWith("/fcs/ident") ? NOT_FOUND : BAD_REQUEST);
  }

  /** A connection is gone. That ends no tunnel: clients may come back over another one. */
  hungUp(origin: Origin, now: number): void {
    for (const tunnel of this.#tunnels.values()) {
      if (tunnel.origin !== origin) continue;
      tunnel.session.hungUp(now);
      this.#settle(tunnel);
    }
  }

  advance(now: number): void {
    for (let due = this.#schedule.takeDue(now); due; due = this.#schedule.takeDue(now)) {
      due.session.advance(now);
      this.#settle(due);
    }
  }

  /** Ends all tunnels at once. */
  close(): void {
    for (const { session } of this.#tunnels.values()) session.abort();
    for (const tunnel of this.#tunnels.values()) this.#settle(tunnel);
  }

  /** Clients take all but the last byte for the name: that is a newline. */
  #open(origin: Origin, respond: RespondRtmpt, now: number): void {
    if (this.#tunnels.size >= this.#options.maxSessions) this.#forgetEnded();
    if (this.#tunnels.size >= this.#options.maxSessions) {
      respond({ status: 503, body: new Uint8Array() });
      return;
    }
    const name = toHex(this.#options.random(NAME_BYTES));
    const session = new RtmptSession(now);
    const tunnel = { name, session, origin, scheduledIndex: undefined };
    this.#tunnels.set(name, tunnel);
    session.handler = this.#options.accept(session, origin);
    this.#settle(tunnel);
    const body = Uint8Array.from(`${name}\n`, (letter) => letter.charCodeAt(0));
    respond({ status: 200, body });
  }

  #close(tunnel: Tunnel<Origin>, respond: RespondRtmpt): void {
    respond({ status: 200, body: new Uint8Array(1) });
    tunnel.session.abort();
    this.#settle(tunnel);
  }

  /** To be called after each change of a session. Those that end by themselves are found when due. */
  #settle(tunnel: Tunnel<Origin>): void {
    const { name, session } = tunnel;
    if (session.isEnded) this.#tunnels.delete(name);
    this.#schedule.set(tunnel, session.timeout);
  }

  #forgetEnded(): void {
    for (const tunnel of this.#tunnels.values()) this.#settle(tunnel);
  }
}

interface Tunnel<Origin> {
  readonly name: string;
  readonly session: RtmptSession;
  /** Where its last request came from. */
  origin: Origin;
  /** Note of the server's schedule. */
  scheduledIndex: number | undefined;
}

/** `/open/1`, or `/send/name/number` and its like. */
const PATH =
  /^\/(?<kind>open(?=\/\d+$)|send|idle|close)\/(?:(?<name>[0-9a-f]{32})\/)?(?<sequence>\d{1,10})$/;
const NAME_BYTES = 16;

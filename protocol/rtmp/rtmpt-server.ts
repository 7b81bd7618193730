/** RTMPT: RTMP in the bodies of HTTP requests, for networks that let nothing else out. */

import { toHex } from "../bytes/hex.ts";
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
  readonly #sessions = new Map<string, Tunnel<Origin>>();

  constructor(options: RtmptServerOptions<Origin>) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { session } of this.#sessions.values()) {
      earliest = Math.min(earliest, session.timeout);
    }
    return earliest;
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
      const tunnel = this.#sessions.get(name);
      if (!tunnel) respond(NOT_FOUND);
      else if (kind === "close") this.#close(tunnel.session, name, respond);
      else {
        tunnel.origin = origin;
        this.#pass(tunnel.session, name, { kind, sequence: Number(sequence), body, respond }, now);
      }
    } else respond(path.startsWith("/fcs/ident") ? NOT_FOUND : BAD_REQUEST);
  }

  /** A connection is gone. That ends no tunnel: clients may come back over another one. */
  hungUp(origin: Origin, now: number): void {
    for (const tunnel of this.#sessions.values()) {
      if (tunnel.origin === origin) tunnel.session.hungUp(now);
    }
  }

  advance(now: number): void {
    for (const [name, { session }] of this.#sessions) {
      session.advance(now);
      if (session.isEnded) this.#sessions.delete(name);
    }
  }

  /** Ends all tunnels at once. */
  close(): void {
    for (const { session } of this.#sessions.values()) session.abort();
    this.#sessions.clear();
  }

  /** Clients take all but the last byte for the name: that is a newline. */
  #open(origin: Origin, respond: RespondRtmpt, now: number): void {
    this.#forgetEnded();
    if (this.#sessions.size >= this.#options.maxSessions) {
      respond({ status: 503, body: new Uint8Array() });
      return;
    }
    const name = toHex(this.#options.random(NAME_BYTES));
    const session = new RtmptSession(now);
    this.#sessions.set(name, { session, origin });
    session.handler = this.#options.accept(session, origin);
    const body = Uint8Array.from(`${name}\n`, (letter) => letter.charCodeAt(0));
    respond({ status: 200, body });
  }

  #pass(
    session: RtmptSession,
    name: string,
    request: Parameters<RtmptSession["request"]>[0],
    now: number,
  ): void {
    session.request(request, now);
    if (session.isEnded) this.#sessions.delete(name);
  }

  #close(session: RtmptSession, name: string, respond: RespondRtmpt): void {
    this.#sessions.delete(name);
    respond({ status: 200, body: new Uint8Array(1) });
    session.abort();
  }

  #forgetEnded(): void {
    for (const [name, { session }] of this.#sessions) {
      if (session.isEnded) this.#sessions.delete(name);
    }
  }
}

interface Tunnel<Origin> {
  readonly session: RtmptSession;
  /** Where its last request came from. */
  origin: Origin;
}

/** `/open/1`, or `/send/name/number` and its like. */
const PATH =
  /^\/(?<kind>open(?=\/\d+$)|send|idle|close)\/(?:(?<name>[0-9a-f]{32})\/)?(?<sequence>\d{1,10})$/;
const NAME_BYTES = 16;

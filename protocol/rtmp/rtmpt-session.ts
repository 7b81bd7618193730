import { Deadlines } from "../bytes/deadlines.ts";
import { ByteQueue } from "./byte-queue.ts";

/** An answer to an HTTP request; 200 has the media type `application/x-fcs`. */
export interface RtmptResponse {
  readonly status: 200 | 400 | 404 | 503;
  readonly body: Uint8Array;
}

/** Called once for each request, now or later. */
export type RespondRtmpt = (response: RtmptResponse) => void;

/** Who is behind a session. */
export interface RtmptSessionHandler {
  onBytes(bytes: Uint8Array): void;
  /** Responses took everything that was written. */
  onDrain(): void;
  /** The client closed the session, broke its rules, or is gone. Nothing comes after it. */
  onEnd(): void;
}

/** A request within a session. */
export interface RtmptRequest {
  readonly kind: "send" | "idle";
  readonly sequence: number;
  readonly body: Uint8Array;
  readonly respond: RespondRtmpt;
}

/**
 * The server's end of one tunnel: a stream of bytes in the bodies of numbered requests and of their
 * responses. Requests count in their order, whatever the order in which they arrive; one that comes
 * again gets the response that it got. A request that finds nothing to take is answered later, so
 * that clients which ask again at once (librtmp) do not spin.
 */
export class RtmptSession {
  handler: RtmptSessionHandler | undefined;
  readonly #pending = new ByteQueue();
  readonly #deadlines = new Deadlines<"answer" | "gap" | "silence">();
  /** Came before their turn, by number. BOUNDED: MAX_EARLY, MAX_EARLY_BYTES. */
  readonly #early = new Map<number, RtmptRequest>();
  #earlyBytes = 0;
  /** Undefined before the first: clients start with 0, some with 1. */
  #expected: number | undefined;
  #waiting: RtmptRequest | undefined;
  /** The last response, for the client that did not get it. */
  #answered: { readonly sequence: number; readonly response: RtmptResponse } | undefined;
  #state: "OPEN" | "ENDING" | "ENDED" = "OPEN";

  constructor(now: number) {
    this.#deadlines.set("silence", now + SILENCE_MS);
  }

  /** Nothing is left to be done: whoever asks gets 404. */
  get isEnded(): boolean {
    return this.#state === "ENDED";
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    return this.#deadlines.earliest;
  }

  /** Sends bytes, the session's to keep, with the next responses. */
  write(bytes: Uint8Array): void {
    if (this.#state !== "OPEN") return;
    this.#pending.push(bytes);
    this.#answer();
  }

  /** Ends the session after what was written, when the client asks for more. */
  end(): void {
    if (this.#state !== "OPEN") return;
    this.#state = "ENDING";
    if (this.#waiting) this.abort();
  }

  /** Ends the session: the handler hears of it, whoever waits gets 404. Idempotent. */
  abort(): void {
    if (this.#state === "ENDED") return;
    this.#state = "ENDED";
    this.#deadlines.clearAll();
    this.#pending.clear();
    const left = [...(this.#waiting ? [this.#waiting] : []), ...this.#early.values()];
    this.#waiting = undefined;
    this.#early.clear();
    this.#earlyBytes = 0;
    for (const { respond } of left) respond(NOT_FOUND);
    this.handler?.onEnd();
  }

  /** The connection of the last request is gone: the client comes back soon, or never. */
  hungUp(now: number): void {
    if (this.#state !== "ENDED") this.#deadlines.setBy("silence", now + HUNG_UP_MS);
  }

  request(request: RtmptRequest, now: number): void {
    if (this.#state === "ENDED") {
      request.respond(NOT_FOUND);
      return;
    }
    this.#deadlines.set("silence", now + SILENCE_MS);
    this.#expected ??= request.sequence <= 1 ? request.sequence : 0;
    if (request.sequence < this.#expected) this.#repeat(request);
    else if (request.sequence > this.#expected) this.#keep(request, now);
    else this.#takeAll(request, now);
  }

  advance(now: number): void {
    const isBroken = this.#deadlines.takeDue("gap", now) || this.#deadlines.takeDue("silence", now);
    if (isBroken) this.abort();
    else if (this.#deadlines.takeDue("answer", now)) this.#answer();
  }

  /** Its response is on its way, or was lost. */
  #repeat(request: RtmptRequest): void {
    if (this.#waiting?.sequence === request.sequence) {
      this.#waiting.respond(EMPTY);
      this.#waiting = request;
    } else if (this.#answered?.sequence === request.sequence) {
      request.respond(this.#answered.response);
    } else request.respond(EMPTY);
  }

  #keep(request: RtmptRequest, now: number): void {
    const bytes = this.#earlyBytes + request.body.length;
    const isTooMuch = this.#early.size >= MAX_EARLY || bytes > MAX_EARLY_BYTES;
    if (isTooMuch || this.#early.has(request.sequence)) {
      request.respond(BAD_REQUEST);
      this.abort();
      return;
    }
    this.#early.set(request.sequence, request);
    this.#earlyBytes = bytes;
    this.#deadlines.setBy("gap", now + GAP_MS);
  }

  #takeAll(first: RtmptRequest, now: number): void {
    let next: RtmptRequest | undefined = first;
    while (next && this.#state !== "ENDED") {
      if (this.#early.delete(next.sequence)) this.#earlyBytes -= next.body.length;
      this.#take(next, now);
      next = this.#early.get(next.sequence + 1);
    }
    if (this.#early.size === 0) this.#deadlines.clear("gap");
  }

  /** Who sends the next request needs not wait for the response to the one before. */
  #take(request: RtmptRequest, now: number): void {
    this.#answer();
    this.#expected = request.sequence + 1;
    this.#waiting = request;
    if (this.#state === "ENDING" && this.#pending.length === 0) {
      this.abort();
      return;
    }
    const holdMs = request.kind === "send" ? SEND_HOLD_MS : IDLE_HOLD_MS;
    this.#deadlines.set("answer", now + holdMs);
    if (request.kind === "send") this.handler?.onBytes(request.body);
    if (this.#pending.length > 0) this.#answer();
  }

  /** Answers whoever waits with what there is. */
  #answer(): void {
    const request = this.#waiting;
    if (!request) return;
    this.#waiting = undefined;
    this.#deadlines.clear("answer");
    const hadBytes = this.#pending.length > 0;
    const bytes = this.#pending.take(MAX_RESPONSE_BYTES);
    const response = hadBytes ? withInterval(bytes) : EMPTY;
    this.#answered = { sequence: request.sequence, response };
    request.respond(response);
    if (hadBytes && this.#pending.length === 0) this.handler?.onDrain();
  }
}

function withInterval(bytes: Uint8Array): RtmptResponse {
  const body = new Uint8Array(1 + bytes.length);
  body[0] = INTERVAL;
  body.set(bytes, 1);
  return { status: 200, body };
}

/** How long to wait before the next request, in units that nobody knows: not at all. */
const INTERVAL = 1;

const EMPTY: RtmptResponse = { status: 200, body: Uint8Array.of(INTERVAL) };
export const NOT_FOUND: RtmptResponse = { status: 404, body: new Uint8Array() };
export const BAD_REQUEST: RtmptResponse = { status: 400, body: new Uint8Array() };

/** Long enough for an idle client to ask ten times a second, not two hundred times. */
const IDLE_HOLD_MS = 100;
/** What was sent is often answered at once: the answer comes along then. */
const SEND_HOLD_MS = 5;
/** A client on a slow link gets no more than it can take; it asks for the rest. */
const MAX_RESPONSE_BYTES = 131_072;
/** librtmp sends two at once; the rest is for proxies that mix them up. */
const MAX_EARLY = 8;
/** A request in flight of a good picture, or many of a common one; strangers can open tunnels, too. */
const MAX_EARLY_BYTES = 262_144;
const GAP_MS = 5_000;
/** Clients ask many times a second, on bad days once in a few seconds. */
const SILENCE_MS = 30_000;
/**
 * librtmp hangs up on answers that it did not read, which may well destroy its last request, that to
 * close.
 */
const HUNG_UP_MS = 3_000;

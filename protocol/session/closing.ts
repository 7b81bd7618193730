import { Deadlines } from "../bytes/deadlines.ts";
import type { Writer } from "../bytes/writer.ts";
import type { RtmfpError } from "../errors.ts";
import { CLOSE_REPEAT_MS, FARCLOSE_LINGER_MS, NEARCLOSE_TIMEOUT_MS } from "../params.ts";
import { writeSessionCloseAck, writeSessionCloseRequest } from "../wire/chunks/session-close.ts";
import type { SessionState } from "./session-terms.ts";

/** What Closing asks of its session. */
export interface ClosingHost {
  /** Sends this chunk. */
  say(write: (writer: Writer) => void): void;
  /** The session is not open any more: of what waits to be said only the close matters. */
  left(error: RtmfpError | undefined): void;
}

/** How a session ends, RFC 7016 §3.5.5. */
export class Closing {
  readonly #host: ClosingHost;
  readonly #deadlines = new Deadlines<"repeat" | "closed">();
  #state: SessionState = "OPEN";

  constructor(host: ClosingHost) {
    this.#host = host;
  }

  get state(): SessionState {
    return this.#state;
  }

  get timeout(): number {
    return this.#deadlines.earliest;
  }

  /** Orderly: asks the far end, which has to answer. */
  close(now: number): void {
    if (this.#state !== "OPEN") return;
    this.#leave("NEARCLOSE", undefined);
    this.#deadlines.set("closed", now + NEARCLOSE_TIMEOUT_MS);
    this.#request(now);
  }

  /** Abrupt: says so once, and is gone. */
  abort(error?: RtmfpError): void {
    if (this.#state === "CLOSED") return;
    this.#end(error);
    this.#host.say(writeSessionCloseAck);
  }

  /** The far end asks; its repetitions are answered for a while. */
  onRequest(now: number): void {
    if (this.#state !== "OPEN") return;
    this.#leave("FARCLOSE_LINGER", undefined);
    this.#deadlines.set("closed", now + FARCLOSE_LINGER_MS);
  }

  onAck(): void {
    this.#end(undefined);
  }

  advance(now: number): void {
    if (this.#deadlines.takeDue("closed", now)) this.#end(undefined);
    if (this.#deadlines.takeDue("repeat", now)) this.#request(now);
  }

  #request(now: number): void {
    this.#host.say(writeSessionCloseRequest);
    this.#deadlines.set("repeat", now + CLOSE_REPEAT_MS);
  }

  #end(error: RtmfpError | undefined): void {
    if (this.#state === "OPEN") this.#leave("CLOSED", error);
    this.#state = "CLOSED";
    this.#deadlines.clearAll();
  }

  #leave(next: SessionState, error: RtmfpError | undefined): void {
    this.#state = next;
    this.#host.left(error);
  }
}

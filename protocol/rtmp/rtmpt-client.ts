import { RtmfpError } from "../errors.ts";
import { ByteQueue } from "./byte-queue.ts";

/** A POST request to make. */
export interface RtmptClientRequest {
  readonly path: string;
  readonly body: Uint8Array;
  /** Its place in the tunnel; -1 opens it. */
  readonly sequence: number;
}

/**
 * The client's end of a tunnel. It asks what there is, again and again: at once where the server
 * answers late or with bytes, else a few times a second. What is written goes out while such a
 * question is under way, so two requests may be, but no two with bytes.
 */
export class RtmptClient {
  readonly #outgoing = new ByteQueue();
  readonly #incoming: Uint8Array[] = [];
  /** By sequence: came before the response to the request before. BOUNDED: two are under way. */
  readonly #early = new Map<number, Uint8Array>();
  #state: "NEW" | "OPENING" | "OPEN" | "CLOSING" | "ENDED" = "NEW";
  #error: RtmfpError | undefined;
  #name = "";
  #next = 0;
  #nextAnswer = 0;
  #sending: number | undefined;
  #polling: number | undefined;
  #pollAt = 0;
  #wantsEnd = false;

  /** Over: the server ended it, or `close` is done. */
  get isEnded(): boolean {
    return this.#state === "ENDED";
  }

  /** Why it ended, if that was not in order. */
  get error(): RtmfpError | undefined {
    return this.#error;
  }

  /** When `poll` will have a request if nothing else happens, ms. */
  get timeout(): number {
    return this.#state === "OPEN" && this.#isQuiet ? this.#pollAt : Number.POSITIVE_INFINITY;
  }

  /** Written bytes that no request has taken. */
  get queuedBytes(): number {
    return this.#outgoing.length;
  }

  /** Sends bytes, the tunnel's to keep. */
  write(bytes: Uint8Array): void {
    if (!this.#wantsEnd) this.#outgoing.push(bytes);
  }

  /** Ends the tunnel after what was written. */
  close(): void {
    this.#wantsEnd = true;
    if (this.#state === "NEW") this.#state = "ENDED";
  }

  /** The next request to make, if it is time for one. */
  poll(now: number): RtmptClientRequest | undefined {
    if (this.#state === "NEW") {
      this.#state = "OPENING";
      return { path: "/open/1", body: NOTHING, sequence: -1 };
    }
    if (this.#state !== "OPEN" || this.#sending !== undefined) return undefined;
    if (this.#outgoing.length > 0) {
      this.#sending = this.#next;
      return this.#request("send", this.#outgoing.take(MAX_BODY_BYTES));
    }
    if (!this.#isQuiet) return undefined;
    if (this.#wantsEnd) {
      this.#state = "CLOSING";
      return this.#request("close", NOTHING);
    }
    if (now < this.#pollAt) return undefined;
    this.#polling = this.#next;
    this.#pollAt = now + POLL_MS;
    return this.#request("idle", NOTHING);
  }

  /** Takes the response to a request. */
  respond({ sequence }: RtmptClientRequest, status: number, body: Uint8Array, now: number): void {
    if (this.#state === "ENDED") return;
    if (this.#state === "CLOSING") this.#state = "ENDED";
    else if (status !== 200) this.#refused(status);
    else if (sequence < 0) this.#opened(body);
    else this.#answered(sequence, body, now);
  }

  /** A request failed for good. */
  fail(error: RtmfpError): void {
    if (this.#state === "ENDED") return;
    this.#state = "ENDED";
    this.#error = error;
  }

  /** The next received bytes, in their order. */
  read(): Uint8Array | undefined {
    return this.#incoming.shift();
  }

  get #isQuiet(): boolean {
    return this.#sending === undefined && this.#polling === undefined;
  }

  #request(kind: "send" | "idle" | "close", body: Uint8Array): RtmptClientRequest {
    const sequence = this.#next;
    this.#next += 1;
    return { path: `/${kind}/${this.#name}/${sequence}`, body, sequence };
  }

  /** The name is text up to white space. It becomes part of paths: no other letters are let in. */
  #opened(body: Uint8Array): void {
    const text = String.fromCharCode(...body.subarray(0, MAX_NAME_LENGTH + 2)).trimEnd();
    if (/^[\w.-]+$/.test(text) && text.length <= MAX_NAME_LENGTH) {
      this.#name = text;
      this.#state = "OPEN";
    } else this.fail(new RtmfpError("PROTOCOL", "an RTMPT server opened a session without a name"));
  }

  /** 404 is how a server says that its end is over. */
  #refused(status: number): void {
    if (status === 404 && this.#state === "OPEN") this.#state = "ENDED";
    else this.fail(new RtmfpError("PROTOCOL", `an RTMPT server answered ${status}`));
  }

  #answered(sequence: number, body: Uint8Array, now: number): void {
    if (sequence === this.#sending) this.#sending = undefined;
    if (sequence === this.#polling) this.#polling = undefined;
    if (body.length > 1) this.#pollAt = now;
    this.#early.set(sequence, body.subarray(1));
    for (let next = this.#takeEarly(); next; next = this.#takeEarly()) {
      if (next.length > 0) this.#incoming.push(next);
    }
  }

  #takeEarly(): Uint8Array | undefined {
    const bytes = this.#early.get(this.#nextAnswer);
    if (!bytes) return undefined;
    this.#early.delete(this.#nextAnswer);
    this.#nextAnswer += 1;
    return bytes;
  }
}

/** Some servers read no empty bodies. */
const NOTHING: Uint8Array = new Uint8Array(1);
/** What servers and proxies take in one request. */
const MAX_BODY_BYTES = 131_072;
/** Between two questions that a server answers at once with nothing. */
const POLL_MS = 50;
const MAX_NAME_LENGTH = 63;

import { Assembly } from "../bytes/assembly.ts";
import { RtmfpError } from "../errors.ts";
import type { Handshake, StreamCiphers } from "./handshake.ts";
import { ECHO_BYTES, OPENING_BYTES } from "./handshake-layout.ts";

/** What is said in answer to the far end's opening, if everything is encrypted from there on. */
export interface EncryptedAnswer {
  readonly bytes: Uint8Array;
  readonly ciphers: StreamCiphers;
}

export interface ExchangeOptions {
  /** What the far end's opening may begin with. */
  readonly versions: readonly number[];
  /** What a client sends first. */
  readonly opening?: Uint8Array | undefined;
  /** The answer to the far end's opening, 1537 bytes. Throws RtmfpError. */
  readonly answer: (opening: Uint8Array) => Uint8Array | EncryptedAnswer;
}

/** What all handshakes have in common: an opening of 1 + 1536 bytes each, an answer, an echo. */
export class HandshakeExchange implements Handshake {
  readonly #options: ExchangeOptions;
  readonly #far = new Assembly(OPENING_BYTES);
  #farEchoMissing = ECHO_BYTES;
  #rest: Uint8Array | undefined;
  #ciphers: StreamCiphers | undefined;
  #swfKey: Uint8Array | undefined;
  /** What is to be sent next: there is never more than one thing. */
  #next: Uint8Array | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#next = options.opening;
  }

  get rest(): Uint8Array | undefined {
    return this.#rest;
  }

  get ciphers(): StreamCiphers | undefined {
    return this.#ciphers;
  }

  get swfKey(): Uint8Array | undefined {
    return this.#swfKey;
  }

  get isServer(): boolean {
    return this.#options.opening === undefined;
  }

  receive(bytes: Uint8Array): void {
    const version = bytes[0];
    if (this.#far.missing === OPENING_BYTES && version !== undefined) this.#checkVersion(version);
    const wasOpening = this.#far.missing > 0;
    const taken = this.#far.add(bytes);
    if (this.#far.missing > 0) return;
    if (wasOpening) this.#answer();
    const echo = Math.min(this.#farEchoMissing, bytes.length - taken);
    this.#farEchoMissing -= echo;
    if (this.#farEchoMissing === 0) this.#rest = bytes.subarray(taken + echo);
  }

  poll(): Uint8Array | undefined {
    const bytes = this.#next;
    this.#next = undefined;
    return bytes;
  }

  #answer(): void {
    const far = this.#far.finish();
    const answer = this.#options.answer(far);
    if (answer instanceof Uint8Array) this.#next = answer;
    else {
      this.#next = answer.bytes;
      this.#ciphers = answer.ciphers;
    }
    const server = this.isServer ? this.#next : far;
    this.#swfKey = server.slice(OPENING_BYTES - SWF_KEY_BYTES, OPENING_BYTES);
  }

  /** Known from the first byte: HTTP and TLS have others. */
  #checkVersion(version: number): void {
    const { versions } = this.#options;
    if (versions.includes(version)) return;
    const spoken = versions.join(", ");
    throw new RtmfpError("PROTOCOL", `RTMP version ${version}, where only ${spoken} is spoken`);
  }
}

const SWF_KEY_BYTES = 32;

import { Assembly } from "../bytes/assembly.ts";
import { RtmfpError } from "../errors.ts";

/**
 * One end of a handshake: bytes in with `receive` until `rest` is there, bytes out with `poll`
 * until it answers undefined. A client has something to send before it receives anything.
 */
export interface Handshake {
  /** Throws RtmfpError `PROTOCOL` if the far end speaks another protocol. */
  receive(bytes: Uint8Array): void;
  poll(): Uint8Array | undefined;
  /** What was received after the handshake; undefined until it is done. */
  readonly rest: Uint8Array | undefined;
}

/** Bytes of randomness in C1 and S1, RTMP 1.0 §5.2.3. */
export const HANDSHAKE_RANDOM_BYTES = 1528;

/**
 * The plain handshake, RTMP 1.0 §5.2: `version:u8`, then `time:u32 zero:u32 random` (C1, S1), then
 * an echo of what the far end sent there (C2, S2), which nobody checks.
 */
export class PlainHandshake implements Handshake {
  readonly #far = new Assembly(OPENING_BYTES);
  #farEchoMissing = ECHO_BYTES;
  #rest: Uint8Array | undefined;
  /** All that is ever sent; up to `#ready` it may be, up to `#sent` it was. */
  readonly #near = new Uint8Array(OPENING_BYTES + ECHO_BYTES);
  #ready = 0;
  #sent = 0;

  private constructor(random: Uint8Array) {
    if (random.length !== HANDSHAKE_RANDOM_BYTES) {
      throw new RangeError(`a handshake takes ${HANDSHAKE_RANDOM_BYTES} random bytes`);
    }
    this.#near[0] = VERSION;
    this.#near.set(random, OPENING_BYTES - HANDSHAKE_RANDOM_BYTES);
  }

  /** Sends C0 C1, then C2 in answer to S1. Throws RangeError unless `random` is 1528 bytes. */
  static client(random: Uint8Array): PlainHandshake {
    const handshake = new PlainHandshake(random);
    handshake.#ready = OPENING_BYTES;
    return handshake;
  }

  /**
   * Sends S0 S1 S2 in answer to C1: clients wait for S2 before they send C2. Throws RangeError
   * unless `random` is 1528 bytes.
   */
  static server(random: Uint8Array): PlainHandshake {
    return new PlainHandshake(random);
  }

  get rest(): Uint8Array | undefined {
    return this.#rest;
  }

  receive(bytes: Uint8Array): void {
    const version = bytes[0];
    if (this.#far.missing === OPENING_BYTES && version !== undefined) checkVersion(version);
    const wasOpening = this.#far.missing > 0;
    const taken = this.#far.add(bytes);
    if (this.#far.missing > 0) return;
    if (wasOpening) this.#echo();
    const echo = Math.min(this.#farEchoMissing, bytes.length - taken);
    this.#farEchoMissing -= echo;
    if (this.#farEchoMissing === 0) this.#rest = bytes.subarray(taken + echo);
  }

  poll(): Uint8Array | undefined {
    if (this.#sent === this.#ready) return undefined;
    const bytes = this.#near.subarray(this.#sent, this.#ready);
    this.#sent = this.#ready;
    return bytes;
  }

  #echo(): void {
    this.#near.set(this.#far.finish().subarray(1), OPENING_BYTES);
    this.#ready = this.#near.length;
  }
}

/**
 * Knows from the first byte that this is not plain RTMP: RTMPE has 6 to 9, HTTP and TLS have
 * others.
 */
function checkVersion(version: number): void {
  if (version === VERSION) return;
  throw new RtmfpError("PROTOCOL", `RTMP version ${version}, where only ${VERSION} is spoken`);
}

/** Plain RTMP, §5.2.2. */
const VERSION = 3;

/** C2, S2, and C1, S1 without the version. */
const ECHO_BYTES = 1536;
const OPENING_BYTES = 1 + ECHO_BYTES;

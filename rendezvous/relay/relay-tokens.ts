import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import type { Primitives } from "../../protocol/crypto/primitives.ts";

/**
 * Tokens for the relay: who shows one was let in as that peer a moment ago. `peerId.expiry.mac`:
 * 64 hexadecimal digits, seconds since 1970, and HMAC-SHA-256 over what stands before it.
 */
export class RelayTokens {
  readonly #primitives: Primitives;
  readonly #key: Uint8Array;
  readonly #wallClock: () => number;

  /** `wallClock`: ms since 1970, the same on all servers that share the secret. */
  constructor(primitives: Primitives, secret: Uint8Array, wallClock: () => number) {
    this.#primitives = primitives;
    this.#key = primitives.hmacSha256(secret)(new TextEncoder().encode(LABEL));
    this.#wallClock = wallClock;
  }

  mint(peerId: string): string {
    const claim = `${peerId}.${Math.ceil((this.#wallClock() + VALID_MS) / 1_000)}`;
    return `${claim}.${toHex(this.#macOf(claim))}`;
  }

  /** The peer ID, or undefined if the token is none of ours or too old. */
  read(token: string): string | undefined {
    const parts = token.length > MAX_LENGTH ? undefined : SHAPE.exec(token)?.groups;
    if (!parts) return undefined;
    const { claim = "", peerId, expiry, mac = "" } = parts;
    if (!this.#primitives.equal(fromHex(mac), this.#macOf(claim))) return undefined;
    return Number(expiry) * 1_000 > this.#wallClock() ? peerId : undefined;
  }

  #macOf(claim: string): Uint8Array {
    return this.#primitives.hmacSha256(this.#key)(new TextEncoder().encode(claim));
  }
}

/** The secret is good for other things too: this key is for relay tokens alone. */
const LABEL = "rtmfp relay token 1";
/** Long enough for a peer to come back to the relay while it cannot ask for a new one. */
const VALID_MS = 600_000;
const MAX_LENGTH = 160;
const SHAPE = /^(?<claim>(?<peerId>[0-9a-f]{64})\.(?<expiry>\d{1,12}))\.(?<mac>[0-9a-f]{64})$/;

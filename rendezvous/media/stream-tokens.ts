import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import type { Primitives } from "../../protocol/crypto/primitives.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { checkSecret } from "../check-option.ts";

/** What a token is good for. */
export type StreamRight = "publish" | "play";

export interface StreamClaim {
  readonly right: StreamRight;
  readonly app: string;
  /** `*`: every stream of the app. */
  readonly stream: string;
}

/**
 * Tokens that a back end gives to whoever may publish or play: `expiry.mac`, seconds since 1970 and the
 * hexadecimal HMAC-SHA-256, under the secret that it shares with the server, of the lines
 * `rtmfp stream token 1`, right, app, stream and expiry.
 */
export class StreamTokens {
  readonly #primitives: Primitives;
  readonly #secret: Uint8Array;
  readonly #wallClock: () => number;

  /** `wallClock`: ms since 1970. */
  constructor(primitives: Primitives, secret: Uint8Array, wallClock: () => number) {
    this.#primitives = primitives;
    this.#secret = secret;
    this.#wallClock = wallClock;
  }

  /** Throws RangeError if the app or the stream has a line break. */
  mint(claim: StreamClaim, validMs: number): string {
    if (!isOneLine(claim)) throw new RangeError("no app and no stream has a line break");
    const expiry = `${Math.ceil((this.#wallClock() + validMs) / 1_000)}`;
    return `${expiry}.${toHex(this.#macOf(claim, expiry))}`;
  }

  /** Does the token give this right, now? */
  check(token: string, claim: StreamClaim): boolean {
    const parts = token.length > MAX_LENGTH ? undefined : SHAPE.exec(token)?.groups;
    if (!parts || !isOneLine(claim)) return false;
    const { expiry = "", mac = "" } = parts;
    if (Number(expiry) * 1_000 <= this.#wallClock()) return false;
    const given = fromHex(mac);
    return [claim, { ...claim, stream: "*" }].some((one) =>
      this.#primitives.equal(given, this.#macOf(one, expiry)),
    );
  }

  #macOf({ right, app, stream }: StreamClaim, expiry: string): Uint8Array {
    const lines = [LABEL, right, app, stream, expiry].join("\n");
    return this.#primitives.hmacSha256(this.#secret)(new TextEncoder().encode(lines));
  }
}

/**
 * A token for a server with this `secret`, valid for so many ms. Throws RangeError if no server takes
 * such a secret, or if the app or the stream has a line break.
 */
export function mintStreamToken(secret: string, claim: StreamClaim, validMs: number): string {
  checkSecret(secret);
  const key = new TextEncoder().encode(secret);
  return new StreamTokens(nodePrimitives, key, Date.now).mint(claim, validMs);
}

function isOneLine({ app, stream }: StreamClaim): boolean {
  return !app.includes("\n") && !stream.includes("\n");
}

/** The secret is good for other things too: their labels differ in the first line. */
const LABEL = "rtmfp stream token 1";
const MAX_LENGTH = 80;
const SHAPE = /^(?<expiry>\d{1,12})\.(?<mac>[0-9a-f]{64})$/;

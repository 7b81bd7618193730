import { toHex } from "../../protocol/bytes/hex.ts";
import type { Primitives } from "../../protocol/crypto/primitives.ts";
import {
  type Authmod,
  adobeResponse,
  llnwResponse,
  refuseStranger,
  refuseUser,
} from "../../protocol/rtmp/authmod.ts";
import { splitQuery } from "../../protocol/rtmp/name-query.ts";
import { md5 } from "../md5.ts";
import { KeyedBuckets, type Rate } from "../rate-limit.ts";

export interface EncoderLoginOptions {
  readonly authmod: Authmod;
  /** Password by user. */
  readonly publishers: Readonly<Record<string, string>>;
  readonly primitives: Primitives;
  /** ms on any clock that goes on. */
  readonly clock: () => number;
}

/**
 * The passwords of encoders. Each step of a login is a connection of its own, so that what was asked
 * has to be recognised when it comes back: it carries its own proof, and is good for one login.
 */
export class EncoderLogin {
  readonly #options: EncoderLoginOptions;
  readonly #key: Uint8Array;
  /** Nonces of logins that succeeded, until they are too old anyway. BOUNDED: MAX_USED. */
  readonly #used = new Map<string, number>();
  /** By who tried. */
  readonly #failures = new KeyedBuckets(MAX_FAILURES, MAX_SOURCES);

  constructor(options: EncoderLoginOptions) {
    this.#options = options;
    this.#key = options.primitives.random(32);
  }

  /**
   * Answers undefined if `app` of a `connect` shows who it is, else the description of why not. Whoever
   * fails too often from one `source` is not listened to for some time.
   */
  refuse(app: string, source: string): string | undefined {
    const { authmod } = this.#options;
    const { name, query } = splitQuery(app);
    const user = query.get("user") ?? "";
    if (query.get("authmod") !== authmod || user === "" || user.length > MAX_USER_LENGTH) {
      return refuseStranger(authmod);
    }
    if (!query.has("response")) return refuseUser(authmod, this.#question(user));
    if (!this.#failures.has(source, this.#now())) return refuseUser(authmod, TOO_MANY);
    const nonce = query.get(authmod === "adobe" ? "opaque" : "nonce") ?? "";
    const isRight = this.#isFresh(nonce, user) && this.#isResponse(name, user, nonce, query);
    if (isRight) {
      this.#noteUsed(nonce);
      return undefined;
    }
    this.#failures.take(source, this.#now());
    return refuseUser(authmod, FAILED);
  }

  /** The same for users that exist and for those that do not. */
  #question(user: string): string {
    const nonce = this.#nonce(user);
    const common = `reason=needauth&user=${user}`;
    if (this.#options.authmod === "llnw") return `${common}&nonce=${nonce}`;
    return `${common}&salt=${this.#saltOf(user)}&challenge=${nonce}&opaque=${nonce}`;
  }

  #isResponse(
    app: string,
    user: string,
    nonce: string,
    query: ReadonlyMap<string, string>,
  ): boolean {
    const { authmod, publishers, primitives } = this.#options;
    if (!Object.hasOwn(publishers, user)) return false;
    const credentials = { user, password: publishers[user] ?? "" };
    const value = (key: string): string => query.get(key) ?? "";
    const challenge = { salt: this.#saltOf(user), opaque: nonce, challenge: value("challenge") };
    const digest = { app, nonce, cnonce: value("cnonce"), nc: value("nc") };
    const expected =
      authmod === "adobe"
        ? adobeResponse(credentials, challenge, md5)
        : llnwResponse(credentials, digest, md5);
    return primitives.equal(utf8(value("response")), utf8(expected));
  }

  #nonce(user: string): string {
    const { primitives, clock } = this.#options;
    const claim = `${Math.ceil(clock()) + VALID_MS}.${toHex(primitives.random(8))}`;
    return `${claim}.${this.#macOf(`nonce ${user} ${claim}`)}`;
  }

  #isFresh(nonce: string, user: string): boolean {
    const { claim, expiry, mac = "" } = NONCE.exec(nonce)?.groups ?? {};
    if (claim === undefined || this.#used.has(nonce)) return false;
    const expected = utf8(this.#macOf(`nonce ${user} ${claim}`));
    return this.#options.primitives.equal(utf8(mac), expected) && Number(expiry) > this.#now();
  }

  #noteUsed(nonce: string): void {
    const now = this.#now();
    for (const [old, expiry] of this.#used) {
      if (expiry > now && this.#used.size < MAX_USED) break;
      this.#used.delete(old);
    }
    this.#used.set(nonce, now + VALID_MS);
  }

  #saltOf(user: string): string {
    return this.#macOf(`salt ${user}`).slice(0, 12);
  }

  #macOf(text: string): string {
    return toHex(this.#options.primitives.hmacSha256(this.#key)(utf8(text))).slice(0, MAC_DIGITS);
  }

  #now(): number {
    return this.#options.clock();
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** An encoder comes back at once. */
const VALID_MS = 60_000;
/** Who mistypes has ten tries at once, who guesses one every ten seconds. */
const MAX_FAILURES: Rate = { perSecond: 0.1, burst: 10 };
/** Who guesses from more addresses than that is forgotten here and there. */
const MAX_SOURCES = 4_096;
const FAILED = "reason=authfailed";
const TOO_MANY = "reason=authfailed&detail=toomanytries";
const MAX_USER_LENGTH = 128;
/** A hundred logins a second; of the oldest beyond that somebody could use one twice. */
const MAX_USED = 8_192;
const MAC_DIGITS = 32;
const NONCE = /^(?<claim>(?<expiry>\d{1,15})\.[0-9a-f]{16})\.(?<mac>[0-9a-f]{32})$/;

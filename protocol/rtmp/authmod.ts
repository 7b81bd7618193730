import { toBase64 } from "../bytes/base64.ts";
import { toHex } from "../bytes/hex.ts";
import { readQuery, splitQuery } from "./name-query.ts";

/**
 * How an encoder proves within `connect` that it knows a password: Adobe's way, or Limelight's, which
 * is HTTP's digest. Both are old and weak (MD5, a password that the server has to know): they keep
 * honest people apart, within TLS.
 */
export type Authmod = "adobe" | "llnw";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Answers the 16 bytes of RFC 1321. */
export type Md5 = (bytes: Uint8Array) => Uint8Array;

/** What server and client have said before the response of `authmod=adobe`. */
export interface AdobeChallenge {
  readonly salt: string;
  /** The server's opaque, or its challenge if it sent none. */
  readonly opaque: string;
  /** The client's own challenge. */
  readonly challenge: string;
}

/** What server and client have said before the response of `authmod=llnw`. */
export interface LlnwChallenge {
  /** Without its query. */
  readonly app: string;
  readonly nonce: string;
  readonly cnonce: string;
  /** How often the nonce was used, 8 hexadecimal digits. */
  readonly nc: string;
}

export function adobeResponse(
  { user, password }: Credentials,
  { salt, opaque, challenge }: AdobeChallenge,
  md5: Md5,
): string {
  const secret = toBase64(md5(encode(user + salt + password)));
  return toBase64(md5(encode(secret + opaque + challenge)));
}

export function llnwResponse(
  { user, password }: Credentials,
  { app, nonce, cnonce, nc }: LlnwChallenge,
  md5: Md5,
): string {
  const hex = (...parts: readonly string[]): string => toHex(md5(encode(parts.join(":"))));
  const path = app.includes("/") ? app : `${app}/_definst_`;
  const [who, what] = [hex(user, "live", password), hex("publish", `/${path}`)];
  return hex(who, nonce, nc, cnonce, "auth", what);
}

/**
 * The client's next step: with which app to connect anew, after a server refused `app` with
 * `description`. Undefined if that was not about a password, or if the server does not take this one.
 * `random`: 4 unpredictable bytes.
 */
export function answerAuthmod(
  app: string,
  description: string,
  credentials: Credentials,
  random: Uint8Array,
  md5: Md5,
): string | undefined {
  const authmod = AUTHMOD.exec(description)?.[1] as Authmod | undefined;
  if (!authmod) return undefined;
  const { name, query } = splitQuery(app);
  const introduction = `${name}?authmod=${authmod}&user=${credentials.user}`;
  if (description.includes(NEED_AUTH)) return query.has("authmod") ? undefined : introduction;
  const asked = readQuery(description.slice(description.indexOf("?") + 1));
  if (asked.get("reason") !== "needauth" || query.has("response")) return undefined;
  const mine = toHex(random);
  if (authmod === "adobe") return introduction + adobeAnswer(asked, mine, credentials, md5);
  return introduction + llnwAnswer(name, asked, mine, credentials, md5);
}

function adobeAnswer(
  asked: ReadonlyMap<string, string>,
  challenge: string,
  credentials: Credentials,
  md5: Md5,
): string {
  const salt = asked.get("salt") ?? "";
  const given = asked.get("opaque");
  const opaque = given ?? asked.get("challenge") ?? "";
  const response = adobeResponse(credentials, { salt, opaque, challenge }, md5);
  const back = given === undefined ? "" : `&opaque=${given}`;
  return `&challenge=${challenge}&response=${response}${back}`;
}

function llnwAnswer(
  app: string,
  asked: ReadonlyMap<string, string>,
  cnonce: string,
  credentials: Credentials,
  md5: Md5,
): string {
  const nonce = asked.get("nonce") ?? "";
  const response = llnwResponse(credentials, { app, nonce, cnonce, nc: FIRST_USE }, md5);
  return `&nonce=${nonce}&cnonce=${cnonce}&nc=${FIRST_USE}&response=${response}`;
}

/** What a server says to somebody who has not said who he is. */
export function refuseStranger(authmod: Authmod): string {
  return `${REJECT} [ ${NEED_AUTH}; authmod=${authmod} ] : `;
}

/** What a server says to somebody who has: `query` is what it asks, or why it does not believe him. */
export function refuseUser(authmod: Authmod, query: string): string {
  return `${REJECT} [ authmod=${authmod} ] : ?${query}`;
}

function encode(value: string): Uint8Array {
  return text.encode(value);
}

const text = new TextEncoder();
const REJECT = "[ AccessManager.Reject ] :";
const NEED_AUTH = "code=403 need auth";
const AUTHMOD = /authmod=(adobe|llnw)\b/;
/** Each step is a connection of its own: nobody uses a nonce twice. */
const FIRST_USE = "00000001";

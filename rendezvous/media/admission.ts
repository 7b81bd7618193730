import { type AmfValue, isAmfObject } from "../../protocol/amf/value.ts";
import { splitQuery } from "../../protocol/rtmp/name-query.ts";
import type { ConnectRequest } from "../../protocol/tc/server-application.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { sourceOf } from "../rate-limit.ts";
import type { EncoderLogin } from "./encoder-login.ts";
import type { StreamRight, StreamTokens } from "./stream-tokens.ts";

export interface AdmissionOptions {
  /** What a token is demanded for; it needs `tokens`. */
  readonly tokensFor?: readonly StreamRight[] | undefined;
  readonly tokens?: StreamTokens | undefined;
  /** Encoders have to log in. */
  readonly login?: EncoderLogin | undefined;
}

/** Who may publish and play on a server. */
export class Admission {
  readonly #tokens: StreamTokens | undefined;
  readonly #tokensFor: ReadonlySet<StreamRight>;
  readonly #login: EncoderLogin | undefined;

  constructor({ tokens, tokensFor = [], login }: AdmissionOptions = {}) {
    this.#tokens = tokens;
    this.#tokensFor = new Set(tokensFor);
    this.#login = login;
  }

  /**
   * A client connects, from `address`. An encoder that has to log in is told so here, unless a token could come with
   * the name of its stream.
   */
  enter(request: ConnectRequest, address: Address): Guest | Status {
    const { app, properties } = request;
    const { name, query } = splitQuery(app);
    if (!this.#login) return new Guest(name, request, this);
    const wantsLogin = query.has("authmod");
    const mustLogin = properties.type === "nonprivate" && !this.#tokensFor.has("publish");
    if (!wantsLogin && !mustLogin) return new Guest(name, request, this);
    const why = this.#login.refuse(app, sourceOf(address));
    if (why === undefined) return new Guest(name, request, this, true);
    return failure("NetConnection.Connect.Rejected", why);
  }

  /** Somebody who did not connect, and can show a token with the name of a stream alone. */
  visitor(app: string): Guest {
    return new Guest(app, { app, tcUrl: "", properties: {}, args: [] }, this);
  }

  /** Answers why a guest may not do this with a stream, or undefined. */
  refuse(
    guest: Guest,
    right: StreamRight,
    stream: string,
    tokens: readonly string[],
  ): Status | undefined {
    const needsToken = this.#tokensFor.has(right);
    const needsLogin = right === "publish" && this.#login !== undefined;
    if (!needsToken && !needsLogin) return undefined;
    if (right === "publish" && guest.isLoggedIn) return undefined;
    const claim = { right, app: guest.app, stream };
    if (needsToken && tokens.some((token) => this.#tokens?.check(token, claim))) return undefined;
    return failure(REFUSED[right], needsToken ? `this needs a token to ${right}` : "log in first");
  }
}

/** A connected client, and what it has shown. */
export class Guest {
  /** Without its query. */
  readonly app: string;
  readonly isLoggedIn: boolean;
  readonly #admission: Admission;
  /** BOUNDED: one for each place where one can stand. */
  readonly #tokens: readonly string[];

  constructor(app: string, request: ConnectRequest, admission: Admission, isLoggedIn = false) {
    this.app = app;
    this.isLoggedIn = isLoggedIn;
    this.#admission = admission;
    this.#tokens = tokensIn(request);
  }

  /** Answers the stream's name without its query, or why the guest may not do this with it. */
  ask(right: StreamRight, queriedName: string): string | Status {
    const { name, query } = splitQuery(queriedName);
    const own = query.get("token");
    const tokens = own === undefined ? this.#tokens : [own, ...this.#tokens];
    return this.#admission.refuse(this, right, name, tokens) ?? name;
  }
}

/** In the query of the app or the URL, as a property or an argument of `connect`. */
function tokensIn({ app, tcUrl, properties, args }: ConnectRequest): string[] {
  const [first] = args;
  const found: readonly AmfValue[] = [
    properties.token,
    isAmfObject(first) ? first.token : first,
    splitQuery(app).query.get("token"),
    splitQuery(tcUrl).query.get("token"),
  ];
  return found.filter((token) => typeof token === "string");
}

const REFUSED: Readonly<Record<StreamRight, string>> = {
  publish: "NetStream.Publish.BadName",
  play: "NetStream.Play.Failed",
};

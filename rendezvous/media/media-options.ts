import type { Authmod } from "../../protocol/rtmp/authmod.ts";
import type { SwfFacts } from "../../protocol/rtmp/swf-verification.ts";
import { checkFolder, checkInteger } from "../check-option.ts";
import type { RecordingOptions } from "../recording/recorder.ts";
import type { Takeover } from "./served-publication.ts";
import type { StreamRight } from "./stream-tokens.ts";

/** What a server does with streams. */
export interface MediaOptions {
  /**
   * What becomes of a publisher when another one wants its name: it gives way `"always"`, when it has
   * been `"silent"` for five seconds (its connection is dead, and its encoder back), or `"never"`.
   * @default "silent"
   */
  readonly takeover?: Takeover | undefined;
  /**
   * What a token is demanded for: `"publish"`, `"play"`, or both. Your back end makes them with
   * `secret`, see docs/rtmp.md; clients show them as `?token=` behind the stream's name, the app or
   * the URL, or as a property or the first argument of `connect`.
   * @default nothing
   */
  readonly tokensFor?: readonly StreamRight[] | undefined;
  /**
   * Passwords of encoders, by user: who publishes has to log in (`authmod`), or to show a token.
   * @default everybody may publish
   */
  readonly publishers?: Readonly<Record<string, string>> | undefined;
  /**
   * How encoders log in.
   * @default "adobe"
   */
  readonly authmod?: Authmod | undefined;
  /**
   * RTMP clients have to be one of these Flash programs, or to know them (SWF verification, which is
   * no security).
   * @default they may be anything
   */
  readonly swf?: readonly SwfFacts[] | undefined;
  /**
   * A folder of recordings to play: `media/app/name.flv`, or `.mp4`, is stream "name" of application
   * "app". A stream that is live goes before a recording of its name.
   * @default none
   */
  readonly media?: string | undefined;
  /**
   * Where to record live streams to, which, and how long a file gets.
   * @default nothing is recorded
   */
  readonly record?: RecordingOptions | undefined;
}

/** Throws RangeError. `secret`: that of the server. */
export function checkMediaOptions({
  takeover,
  tokensFor = [],
  publishers,
  authmod,
  secret,
  media,
  record,
}: MediaOptions & { readonly secret?: string | undefined }): void {
  if (takeover !== undefined && !TAKEOVERS.has(takeover)) {
    throw new RangeError("takeover: always, silent or never");
  }
  if (!Array.isArray(tokensFor) || !tokensFor.every((right) => RIGHTS.has(right))) {
    throw new RangeError("tokensFor: a list of publish and play");
  }
  if (tokensFor.length > 0 && secret === undefined) {
    throw new RangeError("tokensFor: needs the secret that signs the tokens");
  }
  if (publishers && !Object.values(publishers).every((password) => typeof password === "string")) {
    throw new RangeError("publishers: a password by user");
  }
  if (authmod !== undefined && !AUTHMODS.has(authmod)) {
    throw new RangeError("authmod: adobe or llnw");
  }
  checkFolder("media", media);
  if (record) checkRecording(record);
}

function checkRecording({ directory, streams = "all", maxMs, maxBytes }: RecordingOptions): void {
  checkFolder("record.directory", directory ?? "");
  if (streams !== "all" && streams !== "asked")
    throw new RangeError("record.streams: all or asked");
  checkInteger("record.maxMs", maxMs, 1_000, 86_400_000);
  checkInteger("record.maxBytes", maxBytes, 1_048_576, Number.MAX_SAFE_INTEGER);
}

const TAKEOVERS: ReadonlySet<string> = new Set(["always", "silent", "never"]);
const RIGHTS: ReadonlySet<string> = new Set(["publish", "play"]);
const AUTHMODS: ReadonlySet<string> = new Set(["adobe", "llnw"]);

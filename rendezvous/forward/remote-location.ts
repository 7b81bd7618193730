import type { Credentials } from "../../protocol/rtmp/authmod.ts";
import { parseRtmpUrl } from "../../protocol/rtmp/url.ts";

/** Where a stream is on another RTMP server. */
export interface RemoteLocation {
  /** The server's URL with the application, without credentials: what `connect` says. */
  readonly url: string;
  readonly app: string;
  /** With the query, if there is one: often it is what lets a publisher in, so tell nobody. */
  readonly name: string;
  /** Who to be there, if the server asks. */
  readonly credentials: Credentials | undefined;
}

/**
 * Reads `rtmp://[user:password@]host[:port]/app/name`, in any of the six schemes. The name follows the
 * last slash, but for slashes in its query; all before it is the application. User and password may
 * be percent-encoded. Throws RangeError.
 */
export function parseRemoteLocation(url: string): RemoteLocation {
  const parts = CREDENTIALS.exec(url)?.groups;
  const { scheme = "", rest = url } = parts ?? {};
  const credentials = parts && decodeCredentials(parts);
  const text = scheme + rest;
  const { path } = parseRtmpUrl(text);
  const [plain = ""] = path.split("?", 1);
  const slash = plain.includes("/") ? plain.lastIndexOf("/") : path.lastIndexOf("/");
  const [app, name] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
  if (app === "" || name === "") {
    throw new RangeError(`"${text}" does not name an application and a stream`);
  }
  return { url: text.slice(0, -name.length - 1), app, name, credentials };
}

/**
 * The same stream where a server asks us to go: `tcUrl` is absolute or relative to the URL that we used.
 * Undefined if it is no RTMP URL with an application, or if it gives up TLS.
 */
export function followRemote(from: RemoteLocation, tcUrl: string): RemoteLocation | undefined {
  const url = URL.canParse(tcUrl, from.url) ? new URL(tcUrl, from.url).href : "";
  try {
    const { path } = parseRtmpUrl(url);
    const app = path.replace(/\/$/, "");
    const isWorse = isSecure(from.url) && !isSecure(url);
    return app === "" || isWorse ? undefined : { ...from, url: url.replace(/\/$/, ""), app };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isSecure(url: string): boolean {
  return /^rtmpt?s:/i.test(url);
}

function decodeCredentials({ user = "", password = "" }: Record<string, string>): Credentials {
  try {
    return { user: decodeURIComponent(user), password: decodeURIComponent(password) };
  } catch (cause) {
    throw new RangeError("a percent sign in a user or a password is written %25", { cause });
  }
}

const CREDENTIALS =
  /^(?<scheme>[a-z]+:\/\/)(?<user>[^/?#:@]+):(?<password>[^/?#]*)@(?<rest>[^@/]*(?:\/.*)?)$/is;

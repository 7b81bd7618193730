import { parseRtmpUrl } from "../../protocol/rtmp/url.ts";

/** A stream on another RTMP server. */
export interface RemoteStream {
  /** The server's URL with the application: what to connect to, and what `connect` says. */
  readonly url: string;
  readonly app: string;
  /** With the query, if there is one: often it is what lets a publisher in, so tell nobody. */
  readonly name: string;
}

/**
 * Reads `rtmp://host[:port]/app/name`, in any of the six schemes. The name follows the last slash,
 * but for slashes in its query; all before it is the application. Throws RangeError.
 */
export function parseRemoteStream(text: string): RemoteStream {
  const { path } = parseRtmpUrl(text);
  const [plain = ""] = path.split("?", 1);
  const slash = plain.includes("/") ? plain.lastIndexOf("/") : path.lastIndexOf("/");
  const [app, name] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
  if (app === "" || name === "") {
    throw new RangeError(`"${text}" does not name an application and a stream`);
  }
  return { url: text.slice(0, -name.length - 1), app, name };
}

import type { GatewaySource } from "./gateway-streams.ts";

/** `source/name`, as clients spell it in the app of `connect` and the name of a stream together. */
export interface GatewayPath {
  readonly source: GatewaySource;
  /** May contain slashes; empty if there is none. */
  readonly name: string;
}

/**
 * Reads an app and a stream name. Clients split a URL in different places (ffmpeg: `a/b` and `c`), so
 * they are read as one path. Queries and empty segments are dropped. Answers undefined if there is no
 * such source.
 */
export function readGatewayPath(app: string, stream: string): GatewayPath | undefined {
  const [first, ...rest] = [...segments(app), ...segments(stream)];
  const source = readSource(first);
  return source === undefined ? undefined : { source, name: rest.join("/") };
}

function segments(part: string): string[] {
  const query = part.indexOf("?");
  const path = query < 0 ? part : part.slice(0, query);
  return path.split("/").filter((segment) => segment !== "");
}

function readSource(segment: string | undefined): GatewaySource | undefined {
  if (segment === undefined || KEYWORDS.has(segment)) return segment;
  return PEER_ID.test(segment) ? segment.toLowerCase() : undefined;
}

const KEYWORDS: ReadonlySet<string> = new Set(["local", "pair", "server"]);
const PEER_ID = /^[0-9a-f]{64}$/i;

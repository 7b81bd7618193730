import type { AmfValue } from "../../protocol/amf/value.ts";

/**
 * For whom a server wants a stream from another: short IDs of servers, that of the one that asks first,
 * that of the one with a player of its own last. A server that finds itself on a path knows that
 * nobody on it has the stream: it does not ask on for that.
 */
export type ServerPath = readonly string[];

/** A server that plays a stream here. */
export interface GuestServer {
  /** For whom; it may be nobody any more. */
  paths: readonly ServerPath[];
}

/** A server as others call it. */
export function shortIdOf(id: string): string {
  return id.slice(0, SHORT_ID_DIGITS);
}

/** What `self` tells the next server: `paths` that are not through itself, the shortest of them. */
export function pathsThrough(self: string, paths: readonly ServerPath[]): readonly ServerPath[] {
  const onward = paths.filter((path) => !path.includes(self) && path.length < MAX_SERVERS);
  onward.sort((one, other) => one.length - other.length);
  return onward.slice(0, MAX_PATHS).map((path) => [self, ...path]);
}

/** As servers send it: the property `via` of `connect`, and the command `setVia`. */
export function encodePaths(paths: readonly ServerPath[]): string {
  return paths.map((path) => path.join(" ")).join(",");
}

/** What makes no sense is left out. */
export function readPaths(text: AmfValue): readonly ServerPath[] {
  if (typeof text !== "string") return [];
  const paths = text.split(",", MAX_PATHS).map((path) => path.split(" ", MAX_SERVERS));
  return paths.filter((path) => path.every((id) => SHORT_ID.test(id)));
}

/** Enough to tell servers apart. */
const SHORT_ID_DIGITS = 16;
const SHORT_ID: RegExp = /^[0-9a-f]{16}$/;
/** One would do, where no servers are in a circle. */
const MAX_PATHS = 16;
/** In a row, from a stream to who plays it. */
const MAX_SERVERS = 16;

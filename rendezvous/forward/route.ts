import { parseRemoteLocation, type RemoteLocation } from "./remote-location.ts";

export type ForwardKind = "push" | "pull";

/** Streams of this server, and where they go to or come from. */
export interface Route {
  readonly kind: ForwardKind;
  readonly app: string;
  /** "*": every stream of the application. */
  readonly name: string;
  /** Its name has a "*" where that of the stream belongs, if `name` is "*". */
  readonly remote: RemoteLocation;
}

/**
 * Reads `APP/NAME=URL`, `NAME=URL` for a stream of application "live", or `APP/*=URL` whose URL ends
 * in a name with a "*". Throws RangeError.
 */
export function parseRoute(kind: ForwardKind, text: string): Route {
  const equals = text.indexOf("=");
  const local = text.slice(0, Math.max(0, equals));
  const slash = local.lastIndexOf("/");
  const app = slash < 0 ? DEFAULT_APP : local.slice(0, slash);
  const name = local.slice(slash + 1);
  if (app === "" || name === "") throw new RangeError(`${kind}: "${text}" is not NAME=URL`);
  const remote = parseRemote(kind, text.slice(equals + 1));
  if (isPattern(name) !== isPattern(remote.name)) {
    throw new RangeError(`${kind}: "${text}" has a * on one side alone`);
  }
  if (isPattern(name) && name !== "*") {
    throw new RangeError(`${kind}: "${text}": a * stands for a whole name`);
  }
  return { kind, app, name, remote };
}

function parseRemote(kind: ForwardKind, url: string): RemoteLocation {
  try {
    return parseRemoteLocation(url);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`${kind}: ${cause.message}`, { cause });
  }
}

export function isPattern(name: string): boolean {
  return name.includes("*");
}

/** The far end of a stream, or undefined if the route is not for it. */
export function remoteOf(route: Route, app: string, name: string): RemoteLocation | undefined {
  if (route.app !== app) return undefined;
  if (route.name === name) return route.remote;
  if (route.name !== "*") return undefined;
  return { ...route.remote, name: route.remote.name.replace("*", () => name) };
}

/** What encoders call it by default. */
const DEFAULT_APP = "live";

import type { AmfValue } from "../../protocol/amf/value.ts";

/**
 * Servers tell each other in `connect` for whom they want a stream: the short IDs of themselves and of
 * those that get it from them, so that none waits for a stream that would have to come from itself.
 */
export type Via = readonly string[];

/** A server as others call it. */
export function shortIdOf(id: string): string {
  return id.slice(0, SHORT_ID_DIGITS);
}

/** The property `via` of `connect`, of whoever sends it. */
export function readVia(via: AmfValue): Via {
  if (typeof via !== "string") return [];
  return via.split(" ", MAX_SERVERS).filter((id) => SHORT_ID.test(id));
}

/** What to tell the next server: this one, and `others`, who are left out if there are too many. */
export function encodeVia(id: string, others: Via): string {
  return [shortIdOf(id), ...others].slice(0, MAX_SERVERS).join(" ");
}

/** Enough to tell servers apart. */
const SHORT_ID_DIGITS = 16;
const SHORT_ID: RegExp = /^[0-9a-f]{16}$/;
/** 17 KB; a server that so many get a stream from does not notice circles behind the others. */
const MAX_SERVERS = 1_024;

import type { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";
import { checkedCookie } from "./opaque.ts";

/** RHello Cookie Change, RFC 7016 §2.3.6: the initiator's address changed; use the new cookie. */
export interface CookieChange {
  readonly oldCookie: Uint8Array;
  readonly newCookie: Uint8Array;
}

/** `oldCookie:field newCookie:rest` */
export function readCookieChange(reader: Reader): CookieChange {
  const oldCookie = checkedCookie(reader.field());
  return { oldCookie, newCookie: checkedCookie(reader.rest()) };
}

export function writeCookieChange(writer: Writer, change: CookieChange): void {
  const start = beginChunk(writer, ChunkType.cookieChange);
  writer.field(change.oldCookie).put(change.newCookie);
  endChunk(writer, start);
}

import type { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";
import { checkedCookie, checkedTag } from "./opaque.ts";

/** Responder Hello, RFC 7016 §2.3.4: a stateless answer to an IHello. */
export interface RHello {
  readonly tagEcho: Uint8Array;
  /** Opaque to the initiator, which echoes it. */
  readonly cookie: Uint8Array;
  readonly responderCertificate: Uint8Array;
}

/** `tagEcho:field cookie:field responderCertificate:rest` */
export function readRHello(reader: Reader): RHello {
  const tagEcho = checkedTag(reader.field());
  const cookie = checkedCookie(reader.field());
  return { tagEcho, cookie, responderCertificate: reader.rest() };
}

export function writeRHello(writer: Writer, hello: RHello): void {
  const start = beginChunk(writer, ChunkType.rhello);
  writer.field(hello.tagEcho).field(hello.cookie).put(hello.responderCertificate);
  endChunk(writer, start);
}

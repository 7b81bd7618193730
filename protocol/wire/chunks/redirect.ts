import type { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { type CandidateAddress, readAddress, writeAddress } from "../address.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";
import { checkedTag } from "./opaque.ts";

/** Responder Redirect, RFC 7016 §2.3.5: more places where the responder may be. */
export interface Redirect {
  readonly tagEcho: Uint8Array;
  /** None means: the source address of this packet (an implied redirect). */
  readonly destinations: readonly CandidateAddress[];
}

/** `tagEcho:field destination:Address*` */
export function readRedirect(reader: Reader): Redirect {
  const tagEcho = checkedTag(reader.field());
  const destinations: CandidateAddress[] = [];
  while (reader.remaining > 0) destinations.push(readAddress(reader));
  return { tagEcho, destinations };
}

export function writeRedirect(writer: Writer, redirect: Redirect): void {
  const start = beginChunk(writer, ChunkType.redirect);
  writer.field(redirect.tagEcho);
  for (const destination of redirect.destinations) writeAddress(writer, destination);
  endChunk(writer, start);
}

import type { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { type CandidateAddress, readAddress, writeAddress } from "../address.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";
import type { IHello } from "./ihello.ts";
import { checkedTag } from "./opaque.ts";

/** Forwarded Initiator Hello, RFC 7016 §2.3.3: an introducer passes an IHello on, inside a session. */
export interface FIHello extends IHello {
  /** Where the initiator was seen; the answer goes there. */
  readonly replyAddress: CandidateAddress;
}

/** `endpointDiscriminator:field replyAddress:Address tag:rest` */
export function readFIHello(reader: Reader): FIHello {
  const endpointDiscriminator = reader.field();
  const replyAddress = readAddress(reader);
  return { endpointDiscriminator, replyAddress, tag: checkedTag(reader.rest()) };
}

export function writeFIHello(writer: Writer, hello: FIHello): void {
  const start = beginChunk(writer, ChunkType.fihello);
  writer.field(hello.endpointDiscriminator);
  writeAddress(writer, hello.replyAddress);
  writer.put(hello.tag);
  endChunk(writer, start);
}

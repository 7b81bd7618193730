import type { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";
import { checkedTag } from "./opaque.ts";

/** Initiator Hello, RFC 7016 §2.3.2: asks whoever `endpointDiscriminator` selects to answer. */
export interface IHello {
  readonly endpointDiscriminator: Uint8Array;
  /** Chosen by the initiator to recognise the answer. */
  readonly tag: Uint8Array;
}

/** `endpointDiscriminator:field tag:rest` */
export function readIHello(reader: Reader): IHello {
  return { endpointDiscriminator: reader.field(), tag: checkedTag(reader.rest()) };
}

export function writeIHello(writer: Writer, hello: IHello): void {
  const start = beginChunk(writer, ChunkType.ihello);
  writer.field(hello.endpointDiscriminator).put(hello.tag);
  endChunk(writer, start);
}

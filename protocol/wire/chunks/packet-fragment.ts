import type { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";

/** Packet Fragment, RFC 7016 §2.3.1: a piece of a plain packet that is too large for the path. */
export interface PacketFragment {
  readonly moreFragments: boolean;
  readonly packetId: number;
  readonly fragmentNumber: number;
  readonly bytes: Uint8Array;
}

/** `flags(1): 0x80 more packetID:VLU fragmentNumber:VLU bytes:rest` */
export function readPacketFragment(reader: Reader): PacketFragment {
  const moreFragments = (reader.u8() & MORE) !== 0;
  const packetId = reader.vlu();
  const fragmentNumber = reader.vlu();
  return { moreFragments, packetId, fragmentNumber, bytes: reader.rest() };
}

export function writePacketFragment(writer: Writer, fragment: PacketFragment): void {
  const start = beginChunk(writer, ChunkType.packetFragment);
  writer
    .u8(fragment.moreFragments ? MORE : 0)
    .vlu(fragment.packetId)
    .vlu(fragment.fragmentNumber)
    .put(fragment.bytes);
  endChunk(writer, start);
}

const MORE = 0x80;

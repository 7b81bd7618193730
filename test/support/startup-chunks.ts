import { MalformedError } from "../../protocol/errors.ts";
import { readStartup, unsealStartup } from "../../protocol/session/startup-packet.ts";
import { type Chunk, ChunkType } from "../../protocol/wire/chunk.ts";
import { readPacketFragment } from "../../protocol/wire/chunks/packet-fragment.ts";
import type { Lab } from "../lab/index.ts";
import { stranger } from "./victim.ts";

/** The chunks of the startup packets that arrive from now on. */
export function startupChunks(lab: Lab): Chunk[] {
  const chunks: Chunk[] = [];
  lab.tap(({ fate, datagram: { bytes } }) => {
    if (fate === "delivered") chunks.push(...chunksOf(bytes));
  });
  return chunks;
}

/** None for packets of sessions, whose keys are others; repetitions come in one Packet Fragment as well. */
function chunksOf(datagram: Uint8Array): Chunk[] {
  try {
    const chunks = unsealStartup(stranger, datagram);
    const [first] = chunks;
    if (first?.type !== ChunkType.packetFragment) return chunks;
    const { moreFragments, fragmentNumber, bytes } = readPacketFragment(first.payload);
    return moreFragments || fragmentNumber > 0 ? [] : readStartup(bytes);
  } catch (error) {
    if (error instanceof MalformedError) return [];
    throw error;
  }
}

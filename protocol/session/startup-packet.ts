import { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import type { Crypto } from "../crypto/crypto.ts";
import { MalformedError } from "../errors.ts";
import { MAX_STARTUP_CHUNKS } from "../params.ts";
import { type Chunk, readChunk } from "../wire/chunk.ts";
import { PacketMode, readPacketHeader, writePacketHeader } from "../wire/packet.ts";
import { ticks } from "./round-trip.ts";

/** Session ID of the startup pseudo-session, RFC 7016 §2.2.2. */
export const STARTUP_SESSION_ID = 0;

export function writeStartupHeader(writer: Writer, now: number): void {
  writePacketHeader(writer, {
    mode: PacketMode.startup,
    timeCritical: false,
    timeCriticalReverse: false,
    timestampTicks: ticks(now),
    timestampEchoTicks: undefined,
  });
}

/** The chunks of a startup datagram. Throws MalformedError if it is none. */
export function unsealStartup(crypto: Crypto, datagram: Uint8Array): Chunk[] {
  const packet = crypto.startup.unseal(datagram);
  if (!packet) throw new MalformedError("not a startup packet");
  return readStartup(packet);
}

/** The chunks of a plain startup packet. Throws MalformedError if it is none. */
export function readStartup(packet: Uint8Array): Chunk[] {
  const reader = new Reader(packet);
  if (readPacketHeader(reader).mode !== PacketMode.startup) {
    throw new MalformedError("not in startup mode");
  }
  const chunks: Chunk[] = [];
  for (let chunk = readChunk(packet, reader); chunk; chunk = readChunk(packet, reader)) {
    chunks.push(chunk);
    if (chunks.length === MAX_STARTUP_CHUNKS) break;
  }
  return chunks;
}

/** The keying of the recorded sessions, found among their packets. */
import assert from "node:assert/strict";
import { compareBytes } from "../../protocol/bytes/compare.ts";
import { toHex } from "../../protocol/bytes/hex.ts";
import { Reader } from "../../protocol/bytes/reader.ts";
import { type Chunk, ChunkType, readChunk } from "../../protocol/wire/chunk.ts";
import { type ReceivedIIKeying, readIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { type RHello, readRHello } from "../../protocol/wire/chunks/rhello.ts";
import { type ReceivedRIKeying, readRIKeying } from "../../protocol/wire/chunks/rikeying.ts";
import { readPacketHeader } from "../../protocol/wire/packet.ts";
import type { Recording } from "./recorded-packets.ts";

export interface RecordedHandshake {
  readonly rhello: RHello;
  readonly iikeying: ReceivedIIKeying;
  readonly rikeying: ReceivedRIKeying;
}

export function handshakesOf({ sessions, packets }: Recording): RecordedHandshake[] {
  const chunks = packets
    .filter(({ key }) => key === "default")
    .map(({ plain }) => firstChunk(plain));
  const all = <Value>(wanted: number, read: (payload: Reader) => Value): Value[] =>
    chunks.filter(({ type }) => type === wanted).map(({ payload }) => read(payload));
  const rhellos = all(ChunkType.rhello, readRHello);
  const iikeyings = all(ChunkType.iikeying, readIIKeying);
  const rikeyings = all(ChunkType.rikeying, readRIKeying);
  return sessions.map(({ initiatorComponent, responderComponent }) => {
    const iikeying = iikeyings.find((one) =>
      isSame(one.sessionKeyInitiatorComponent, initiatorComponent),
    );
    const rikeying = rikeyings.find((one) =>
      isSame(one.sessionKeyResponderComponent, responderComponent),
    );
    const rhello = rhellos.find(({ cookie }) => iikeying && isSame(cookie, iikeying.cookieEcho));
    assert.ok(rhello && iikeying && rikeying, "a whole handshake");
    return { rhello, iikeying, rikeying };
  });
}

/** The first chunk of a plain packet. */
export function firstChunk(plain: Uint8Array): Chunk {
  const reader = new Reader(plain);
  readPacketHeader(reader);
  const chunk = readChunk(plain, reader);
  assert.ok(chunk);
  return chunk;
}

/** Its bytes in hexadecimal, but a size in place of each public key and each run of randomness. */
export function layoutOf(options: Uint8Array): string {
  return toHex(options)
    .replace(/^((?:..)*?)(8102(?:0d|1d)02)(?:..){128}/, "$1$2<128>")
    .replace(/^((?:..)*?)410e(?:..){64}/, "$1410e<64>");
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return compareBytes(one, other) === 0;
}

import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";

/** Who sends the packet, RFC 7016 §2.2.4. */
export const PacketMode = { initiator: 1, responder: 2, startup: 3 } as const;
export type PacketMode = (typeof PacketMode)[keyof typeof PacketMode];

/** The common header of every packet, RFC 7016 §2.2.4. */
export interface PacketHeader {
  readonly mode: PacketMode;
  /** This packet carries real-time user data. */
  readonly timeCritical: boolean;
  /** The sender receives real-time data on another session. */
  readonly timeCriticalReverse: boolean;
  /** Low 16 bits of a clock of 4 ms ticks. */
  readonly timestampTicks: number | undefined;
  readonly timestampEchoTicks: number | undefined;
}

/**
 * Reads the header and leaves the cursor at the first chunk.
 *
 *     flags(1): 0x80 TC 0x40 TCR 0x08 TS 0x04 TSE 0x03 mode
 *     [timestamp(2) if TS] [timestampEcho(2) if TSE]
 */
export function readPacketHeader(reader: Reader): PacketHeader {
  const flags = reader.u8();
  const mode = flags & MODE;
  if (mode === 0) throw new MalformedError("packet mode 0 is forbidden");
  return {
    mode: mode as PacketMode,
    timeCritical: (flags & TIME_CRITICAL) !== 0,
    timeCriticalReverse: (flags & TIME_CRITICAL_REVERSE) !== 0,
    timestampTicks: flags & TIMESTAMP ? reader.u16() : undefined,
    timestampEchoTicks: flags & TIMESTAMP_ECHO ? reader.u16() : undefined,
  };
}

export function writePacketHeader(writer: Writer, header: PacketHeader): void {
  writer.u8(packetFlags(header));
  if (header.timestampTicks !== undefined) writer.u16(header.timestampTicks);
  if (header.timestampEchoTicks !== undefined) writer.u16(header.timestampEchoTicks);
}

/** Marks the packet whose header starts at `start` as one that carries real-time user data. */
export function markTimeCritical(writer: Writer, start: number, header: PacketHeader): void {
  writer.setU8(start, packetFlags(header) | TIME_CRITICAL);
}

function packetFlags(header: PacketHeader): number {
  return (
    header.mode |
    (header.timeCritical ? TIME_CRITICAL : 0) |
    (header.timeCriticalReverse ? TIME_CRITICAL_REVERSE : 0) |
    (header.timestampTicks !== undefined ? TIMESTAMP : 0) |
    (header.timestampEchoTicks !== undefined ? TIMESTAMP_ECHO : 0)
  );
}

/** Flags, timestamp and timestamp echo. */
export const MAX_HEADER_LENGTH = 5;

const MODE = 0x03;
const TIME_CRITICAL = 0x80;
const TIME_CRITICAL_REVERSE = 0x40;
const TIMESTAMP = 0x08;
const TIMESTAMP_ECHO = 0x04;

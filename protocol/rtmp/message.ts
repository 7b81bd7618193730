import type { SharedChunks } from "./shared-chunks.ts";

/** Message types, RTMP 1.0 §5.4, §6.2 and §7.1. */
export const MessageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
  /** A datagram through a relay, docs/relay.md; a number that no other protocol uses. */
  relayedDatagram: 0x7a,
} as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** One RTMP message, whatever carries it. */
export interface Message {
  /** A `MessageType`, or one that nobody knows: those are to be ignored. */
  readonly type: number;
  /** Message stream: 0 is the connection itself. */
  readonly streamId: number;
  /** Milliseconds, modulo 2^32. */
  readonly timestampMs: number;
  /** May be a view of received bytes: copy what is kept for long. */
  readonly payload: Uint8Array;
  /** Where the same message goes to many, what they share. */
  readonly chunks?: SharedChunks | undefined;
}

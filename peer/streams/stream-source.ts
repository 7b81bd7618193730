import { encodeAmf0 } from "../../protocol/amf/amf0-encode.ts";
import { compareBytes } from "../../protocol/bytes/compare.ts";
import { type Message, MessageType } from "../../protocol/rtmp/message.ts";
import type { ClientStreamHandler } from "../../protocol/tc/client-stream.ts";
import type { Status } from "../../protocol/tc/status.ts";

/** Somewhere streams can be played from: a peer, or the server. */
export interface StreamSource {
  /** Starts to play; the handler hears of everything until the subscription is closed. */
  subscribe(name: string, handler: ClientStreamHandler): Subscription;
}

/** A stream that is being played. */
export interface Subscription {
  /** Holds the far end's messages back; what becomes late there is abandoned there. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** What a status notice means for who plays. */
export function playVerdict(status: Status): "ended" | "failed" | undefined {
  if (status.code === "NetStream.Play.UnpublishNotify") return "ended";
  if (status.code === "NetStream.Play.Stop") return "ended";
  return status.level === "error" ? "failed" : undefined;
}

/** Flash wants to be told, before anything else, what it may do with a stream: no part of the stream. */
export function isSampleAccess({ type, payload }: Message): boolean {
  if (type !== MessageType.dataAmf0) return false;
  return compareBytes(payload.subarray(0, SAMPLE_ACCESS.length), SAMPLE_ACCESS) === 0;
}

const SAMPLE_ACCESS = encodeAmf0(["|RtmpSampleAccess"]);

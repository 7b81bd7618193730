import type { ClientStreamHandler } from "../protocol/tc/client-stream.ts";
import type { Status } from "../protocol/tc/status.ts";

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

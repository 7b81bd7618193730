import { MessageType } from "../rtmp/message.ts";

/** What has a flow of its own in each stream, RFC 7425 §5.3.5. */
type FlowKind = "audio" | "video" | "command";

/** On which flow of its stream a message of this type travels. */
export function flowKindOf(type: number): FlowKind {
  if (type === MessageType.audio) return "audio";
  return type === MessageType.video ? "video" : "command";
}

/** RFC 7016 leaves them to us; above 3 is time critical. What is small and awaited goes first. */
export const PRIORITIES: Readonly<Record<FlowKind, number>> = { command: 5, audio: 5, video: 4 };

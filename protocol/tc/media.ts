import { describeAudio } from "../flv/audio.ts";
import { describeVideo } from "../flv/video.ts";
import { type Message, MessageType } from "../rtmp/message.ts";
import { type DataMessage, decodeData, encodeData } from "./command.ts";

/** What a live stream has to know of a message. */
export type MediaKind =
  /** Description of the stream: kept for those who join later. */
  | "metadata"
  | "audio-header"
  | "video-header"
  | "audio"
  /** Decoding can start here. */
  | "keyframe"
  /** A picture that needs the ones before it. */
  | "inter"
  /** Other data: cue points, captions. */
  | "data";

export interface MediaMessage {
  readonly kind: MediaKind;
  readonly message: Message;
  /** How long it is worth sending, ms; undefined: as long as others of its kind. */
  readonly deadlineMs?: number | undefined;
}

/**
 * Tells what a message of a publisher is; undefined if it is no media. `@setDataFrame`, which asks
 * the server to keep the data for those who join later, is unwrapped on the way.
 */
export function classify(message: Message): MediaMessage | undefined {
  if (message.type === MessageType.audio) {
    const { isSequenceHeader } = describeAudio(message.payload);
    return { kind: isSequenceHeader ? "audio-header" : "audio", message };
  }
  if (message.type === MessageType.video) return { kind: videoKind(message.payload), message };
  const data = decodeData(message);
  return data ? classifyData(data, message) : undefined;
}

function videoKind(payload: Uint8Array): MediaKind {
  const { isSequenceHeader, isKeyframe } = describeVideo(payload);
  if (isSequenceHeader) return "video-header";
  return isKeyframe ? "keyframe" : "inter";
}

function classifyData(data: DataMessage, message: Message): MediaMessage {
  const { streamId, timestampMs } = message;
  if (data.name === SET_DATA_FRAME) {
    const [name, ...values] = data.values;
    const inner: DataMessage = { name: typeof name === "string" ? name : "", values };
    return classifyData(inner, encodeData(inner, streamId, timestampMs));
  }
  return { kind: data.name === METADATA ? "metadata" : "data", message };
}

const SET_DATA_FRAME = "@setDataFrame";
const METADATA = "onMetaData";

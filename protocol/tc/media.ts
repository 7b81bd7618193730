import { Amf0ReadContext, readAmf0 } from "../amf/amf0-decode.ts";
import { Reader } from "../bytes/reader.ts";
import { describeAudio } from "../flv/audio.ts";
import { describeVideo } from "../flv/video.ts";
import { type Message, MessageType } from "../rtmp/message.ts";
import { dataBytes } from "./command.ts";

/** What a live stream has to know of a message. */
export type MediaKind =
  /** Description of the stream: kept for those who join later. */
  | "metadata"
  /** The description holds no longer. */
  | "metadata-clear"
  /** Setup of decoders and loudspeakers. */
  | "audio-header"
  /** Setup of decoders and screens: Enhanced RTMP's metadata (HDR, say) is one. */
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
  /** Of a header: what it sets up, and for which tracks. */
  readonly header?: MediaHeader | undefined;
  readonly message: Message;
  /** How long it is worth sending, ms; undefined: as long as others of its kind. */
  readonly deadlineMs?: number | undefined;
}

/** A header takes the place of those of the same purpose for the same tracks. */
export interface MediaHeader {
  readonly purpose: "sequence-start" | "multichannel-config" | "metadata";
  readonly trackIds: readonly number[];
}

/**
 * Tells what a message of a publisher is; undefined if it is no media. `@setDataFrame`, which asks
 * the server to keep the data for those who join later, is unwrapped on the way, also where it is
 * nested; data comes out as AMF0. `@clearDataFrame`, which takes that back, goes on as it is: whoever
 * plays may keep the data for others in turn. Throws MalformedError for data without a name.
 */
export function classify(message: Message): MediaMessage | undefined {
  if (message.type === MessageType.audio) {
    return classifyAudio(message);
  }
  if (message.type === MessageType.video) return classifyVideo(message);
  const bytes = dataBytes(message);
  return bytes && classifyData(bytes, message);
}

function classifyAudio(message: Message): MediaMessage {
  const { packet: purpose, trackIds } = describeAudio(message.payload);
  if (purpose !== "sequence-start" && purpose !== "multichannel-config") {
    return { kind: "audio", message };
  }
  return { kind: "audio-header", message, header: { purpose, trackIds } };
}

/**
 * Of several tracks the default one counts, Enhanced RTMP v2: where its pictures start, decoding can
 * start. Those of others are sent as what needs the ones before it.
 */
function classifyVideo(message: Message): MediaMessage {
  const { packet: purpose, trackIds, isKeyframe } = describeVideo(message.payload);
  if (purpose === "sequence-start" || purpose === "metadata") {
    return { kind: "video-header", message, header: { purpose, trackIds } };
  }
  const isStart = isKeyframe && trackIds.includes(DEFAULT_TRACK_ID);
  return { kind: isStart ? "keyframe" : "inter", message };
}

/**
 * Looks at the name alone: the values go on as they are, so that nothing is lost on the way, and
 * nothing is decoded that only players have to understand.
 */
function classifyData(bytes: Uint8Array, message: Message): MediaMessage {
  const reader = new Reader(bytes);
  const context = new Amf0ReadContext();
  let start = 0;
  let name = readAmf0(reader, context);
  while (name === SET_DATA_FRAME) {
    start = reader.position;
    name = readAmf0(reader, context);
  }
  const { streamId, timestampMs } = message;
  const payload = bytes.subarray(start);
  const unwrapped = { type: MessageType.dataAmf0, streamId, timestampMs, payload };
  if (name === METADATA) return { kind: "metadata", message: unwrapped };
  const clears = name === CLEAR_DATA_FRAME && reader.remaining > 0;
  const isCleared = clears && readAmf0(reader, context) === METADATA;
  return { kind: isCleared ? "metadata-clear" : "data", message: unwrapped };
}

const DEFAULT_TRACK_ID = 0;
const SET_DATA_FRAME = "@setDataFrame";
const CLEAR_DATA_FRAME = "@clearDataFrame";
const METADATA = "onMetaData";

import { Amf0ReadContext, readAmf0 } from "../amf/amf0-decode.ts";
import { Reader } from "../bytes/reader.ts";
import { unpinned } from "../bytes/unpinned.ts";
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
  | "audio-header"
  | "video-header"
  /** How pictures are to be shown (colours, brightness), Enhanced RTMP v1: kept, too. */
  | "video-metadata"
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
  /** Tracks of a picture, Enhanced RTMP v2; undefined: the one that has no number. */
  readonly trackIds?: readonly number[] | undefined;
  /**
   * Of a header: what it describes, of which tracks. Another with the same slot replaces it.
   */
  readonly slot?: string | undefined;
  /** How long it is worth sending, ms; undefined: as long as others of its kind. */
  readonly deadlineMs?: number | undefined;
}

/**
 * Tells what a message of a publisher is; undefined if it is no media. `@setDataFrame`, which asks
 * the server to keep the data for those who join later, is unwrapped on the way, also where it is
 * nested; data comes out as AMF0. `@clearDataFrame`, which takes that back, goes on as it is: whoever
 * plays may keep the data for others in turn. Throws MalformedError for data without a name.
 */
export function classify(message: Message): MediaMessage | undefined {
  if (message.type === MessageType.audio) return classifyAudio(message);
  if (message.type === MessageType.video) return classifyVideo(message);
  const bytes = dataBytes(message);
  return bytes && classifyData(bytes, message);
}

/** Does it say how to decode, or to understand, what follows? Only the latest of its slot counts. */
export function isSetup(kind: MediaKind): boolean {
  return SETUPS.has(kind);
}

/** The same for whoever keeps it for long: it holds on to no buffer that is far larger. */
export function keepable(media: MediaMessage): MediaMessage {
  const { message } = media;
  const payload = unpinned(message.payload);
  return payload === message.payload ? media : { ...media, message: { ...message, payload } };
}

function classifyAudio(message: Message): MediaMessage {
  const { packet, trackIds } = describeAudio(message.payload);
  if (packet !== "sequence-start" && packet !== "multichannel-config") {
    return { kind: "audio", message };
  }
  return { kind: "audio-header", message, slot: slotOf(packet, trackIds) };
}

function classifyVideo(message: Message): MediaMessage {
  const { packet, isKeyframe, trackIds } = describeVideo(message.payload);
  if (packet === "metadata") {
    return { kind: "video-metadata", message, slot: slotOf(packet, trackIds) };
  }
  if (packet === "sequence-start") {
    return { kind: "video-header", message, slot: slotOf(packet, trackIds) };
  }
  return { kind: isKeyframe ? "keyframe" : "inter", message, trackIds };
}

function slotOf(packet: string, trackIds: readonly number[]): string {
  return `${packet} ${trackIds.join(" ")}`;
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

const SETUPS: ReadonlySet<MediaKind> = new Set([
  "metadata",
  "metadata-clear",
  "audio-header",
  "video-header",
  "video-metadata",
]);
const SET_DATA_FRAME = "@setDataFrame";
const CLEAR_DATA_FRAME = "@clearDataFrame";
const METADATA = "onMetaData";

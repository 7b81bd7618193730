import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { type Message, MessageType } from "./message.ts";

/** User control events, RTMP 1.0 §7.1.7, and those of later servers. */
export type UserControl =
  | { readonly event: StreamEvent; readonly streamId: number }
  | { readonly event: "setBufferLength"; readonly streamId: number; readonly bufferMs: number }
  /** The answer to a ping repeats its timestamp. */
  | { readonly event: "pingRequest" | "pingResponse"; readonly timestampMs: number }
  /** RFC 7425 §5.2: nothing more of this flow until `count` of them have arrived. */
  | { readonly event: "flowSync"; readonly syncId: number; readonly count: number }
  /** RFC 7425 §5.3.4: how often a client should ask whether server and peers are there. */
  | { readonly event: "setKeepalive"; readonly serverMs: number; readonly peerMs: number }
  /** The server asks which SWF the client is, see `swf-verification.ts`; the client answers. */
  | { readonly event: "swfRequest" }
  | { readonly event: "swfResponse"; readonly response: Uint8Array }
  /** Whatever nobody knows. */
  | { readonly event: "other"; readonly code: number; readonly data: Uint8Array };

/** Events whose data is a message stream. */
export type StreamEvent = (typeof STREAM_EVENTS)[number][1];

/** The event as a message. */
export function encodeUserControl(control: UserControl): Message {
  const writer = new Writer(16);
  switch (control.event) {
    case "setBufferLength":
      writer.u16(SET_BUFFER_LENGTH).u32(control.streamId).u32(control.bufferMs);
      break;
    case "pingRequest":
      writer.u16(PING_REQUEST).u32(control.timestampMs);
      break;
    case "pingResponse":
      writer.u16(PING_RESPONSE).u32(control.timestampMs);
      break;
    case "flowSync":
      writer.u16(FLOW_SYNC).u32(control.syncId).u32(control.count);
      break;
    case "setKeepalive":
      writer.u16(SET_KEEPALIVE).u32(control.serverMs).u32(control.peerMs);
      break;
    case "swfRequest":
      writer.u16(SWF_REQUEST);
      break;
    case "swfResponse":
      writer.u16(SWF_RESPONSE).put(control.response);
      break;
    case "other":
      writer.u16(control.code).put(control.data);
      break;
    default:
      writer.u16(STREAM_CODES.get(control.event) ?? 0).u32(control.streamId);
  }
  return {
    type: MessageType.userControl,
    streamId: 0,
    timestampMs: 0,
    payload: writer.bytes(),
  };
}

/**
 * The event in a user control message; bytes past its fields are ignored. Throws MalformedError.
 */
export function decodeUserControl(payload: Uint8Array): UserControl {
  const reader = new Reader(payload);
  const code = reader.u16();
  const event = STREAM_NAMES.get(code);
  if (event !== undefined) return { event, streamId: reader.u32() };
  switch (code) {
    case SET_BUFFER_LENGTH:
      return { event: "setBufferLength", streamId: reader.u32(), bufferMs: reader.u32() };
    case PING_REQUEST:
      return { event: "pingRequest", timestampMs: reader.u32() };
    case PING_RESPONSE:
      return { event: "pingResponse", timestampMs: reader.u32() };
    case FLOW_SYNC:
      return { event: "flowSync", syncId: reader.u32(), count: reader.u32() };
    case SET_KEEPALIVE:
      return { event: "setKeepalive", serverMs: reader.u32(), peerMs: reader.u32() };
    case SWF_REQUEST:
      return { event: "swfRequest" };
    case SWF_RESPONSE:
      return { event: "swfResponse", response: reader.rest() };
    default:
      return { event: "other", code, data: reader.rest() };
  }
}

/**
 * The event, if it is one that the connection itself answers: pings and SWF verification. Undefined
 * for any other message, and for one that cannot be read: what is wrong with a whole message is no
 * harm to the connection.
 */
export function connectionEvent(message: Message): ConnectionEvent | undefined {
  const { type, payload } = message;
  const [high = 0, low = 0] = payload;
  const leastBytes = CONNECTION_EVENTS.get(high * 256 + low);
  if (type !== MessageType.userControl || leastBytes === undefined) return undefined;
  const control = payload.length < leastBytes ? undefined : decodeUserControl(payload);
  return control && isConnectionEvent(control) ? control : undefined;
}

export type ConnectionEvent = Extract<
  UserControl,
  { readonly event: "swfRequest" | "swfResponse" } | { readonly timestampMs: number }
>;

function isConnectionEvent(control: UserControl): control is ConnectionEvent {
  const { event } = control;
  return event === "pingRequest" || event === "swfRequest" || event === "swfResponse";
}

const STREAM_EVENTS = [
  [0, "streamBegin"],
  [1, "streamEof"],
  [2, "streamDry"],
  [4, "streamIsRecorded"],
  [31, "bufferEmpty"],
  [32, "bufferReady"],
] as const;
const STREAM_NAMES: ReadonlyMap<number, StreamEvent> = new Map(STREAM_EVENTS);
const STREAM_CODES: ReadonlyMap<StreamEvent, number> = new Map(
  STREAM_EVENTS.map(([code, event]) => [event, code]),
);

const SET_BUFFER_LENGTH = 3;
const PING_REQUEST = 6;
const PING_RESPONSE = 7;
const SWF_REQUEST = 26;
const SWF_RESPONSE = 27;
const FLOW_SYNC = 34;
const SET_KEEPALIVE = 41;
/** Bytes that each has at least. */
const CONNECTION_EVENTS: ReadonlyMap<number, number> = new Map([
  [PING_REQUEST, 6],
  [SWF_REQUEST, 2],
  [SWF_RESPONSE, 2],
]);

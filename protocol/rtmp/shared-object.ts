import { Amf0ReadContext, decodeAmf0, readAmf0 } from "../amf/amf0-decode.ts";
import { encodeAmf0 } from "../amf/amf0-encode.ts";
import { Amf0Marker } from "../amf/amf0-marker.ts";
import { Amf0Room } from "../amf/amf0-room.ts";
import { encodeExtended } from "../amf/extended.ts";
import { type AmfValue, amfUnsupported } from "../amf/value.ts";
import { readName, writeName } from "../bytes/name.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";
import { type Message, MessageType } from "./message.ts";

/** A shared object message, RTMP 1.0 §7.1.3: what happened to one object, or is to happen. */
export interface SharedObjectMessage {
  readonly name: string;
  /** Of the object, as its sender knows it: modulo 2^32. */
  readonly version: number;
  readonly isPersistent: boolean;
  readonly events: readonly SharedObjectEvent[];
}

/** Values are AMF as it stands in the message, views of it: the server never looks inside. */
export type SharedObjectEvent =
  /** A client joins or leaves; a server lets it join, or has it forget everything. */
  | { readonly type: "use" | "release" | "useSuccess" | "clear" }
  /** A client asks for a change of a slot; a server tells of one. */
  | {
      readonly type: "requestChange" | "change";
      readonly name: string;
      readonly value: Uint8Array;
    }
  /** A client asks for a slot's removal; a server tells of it, or that a change was accepted. */
  | { readonly type: "requestRemove" | "remove" | "success"; readonly name: string }
  /** To all who use the object: the name of a handler, and its arguments. */
  | { readonly type: "send"; readonly values: Uint8Array }
  | { readonly type: "status"; readonly code: string; readonly level: string };

/** The two types differ in whether values may be AMF3. */
export type SharedObjectType =
  | typeof MessageType.sharedObjectAmf0
  | typeof MessageType.sharedObjectAmf3;

/**
 * `[format:u8] name version:u32 flags:u32 0:u32 (type:u8 length:u32 data)*`, where a name is
 * `length:u16 utf8` and only the AMF3 type has the format. In a message of the AMF0 type, values that
 * AMF0 does not have become "unsupported". Throws RangeError for names past 65535 bytes.
 */
export function encodeSharedObject(content: SharedObjectMessage, type: SharedObjectType): Message {
  const writer = new Writer();
  if (type === MessageType.sharedObjectAmf3) writer.u8(FORMAT);
  writeName(writer, content.name)
    .u32(content.version)
    .u32(content.isPersistent ? PERSISTENT : 0)
    .u32(0);
  for (const event of content.events) {
    const data = new Writer(64);
    writeData(data, event, type);
    writer.u8(CODES[event.type]).u32(data.length).put(data.bytes());
  }
  return { type, streamId: 0, timestampMs: 0, payload: writer.bytes() };
}

/**
 * Answers undefined for messages of other types. A change of several slots comes out as several, an
 * event that nobody knows not at all. Throws MalformedError.
 */
export function decodeSharedObject(message: Message): SharedObjectMessage | undefined {
  if (!isSharedObject(message.type)) return undefined;
  const reader = new Reader(message.payload);
  if (message.type === MessageType.sharedObjectAmf3) reader.skip(1);
  const name = readName(reader);
  const version = reader.u32();
  const isPersistent = (reader.u32() & PERSISTENT) !== 0;
  reader.skip(4);
  const events: SharedObjectEvent[] = [];
  while (reader.remaining > 0) {
    const type = TYPES[reader.u8()];
    const data = reader.bytes(reader.u32());
    if (type !== undefined) readEvent(type, data, events);
    if (events.length > MAX_EVENTS) throw new MalformedError("too many events in a message");
  }
  return { name, version, isPersistent, events };
}

export function isSharedObject(type: number): type is SharedObjectType {
  return type === MessageType.sharedObjectAmf0 || type === MessageType.sharedObjectAmf3;
}

/** Values as events carry them. Throws TypeError or RangeError for those that cannot be carried. */
export function encodeSharedValues(
  values: readonly AmfValue[],
  type: SharedObjectType,
): Uint8Array {
  return type === MessageType.sharedObjectAmf3 ? encodeExtended(values) : encodeAmf0(values);
}

function writeData(writer: Writer, event: SharedObjectEvent, type: SharedObjectType): void {
  switch (event.type) {
    case "requestChange":
    case "change":
      writeName(writer, event.name);
      writer.put(valuesFor(type, event.value));
      break;
    case "requestRemove":
    case "remove":
    case "success":
      writeName(writer, event.name);
      break;
    case "send":
      writer.put(valuesFor(type, event.values));
      break;
    case "status":
      writeName(writer, event.code);
      writeName(writer, event.level);
      break;
    default: // The others have no data.
  }
}

function readEvent(type: EventType, data: Uint8Array, events: SharedObjectEvent[]): void {
  const reader = new Reader(data);
  switch (type) {
    case "requestChange":
    case "change":
      readSlots(type, data, events);
      break;
    case "requestRemove":
    case "remove":
    case "success":
      events.push({ type, name: readName(reader) });
      break;
    case "send":
      if (typeof decodeAmf0(data)[0] !== "string") throw new MalformedError("send to no handler");
      events.push({ type, values: data });
      break;
    case "status":
      events.push({ type, code: readName(reader), level: readName(reader) });
      break;
    default:
      events.push({ type });
  }
}

/** `(name value)+`: servers put all slots of an object into one event. */
function readSlots(
  type: "requestChange" | "change",
  data: Uint8Array,
  events: SharedObjectEvent[],
): void {
  const reader = new Reader(data);
  do {
    const name = readName(reader);
    const start = reader.position;
    readAmf0(reader, new Amf0ReadContext());
    events.push({ type, name, value: data.subarray(start, reader.position) });
    if (events.length > MAX_EVENTS) throw new MalformedError("too many slots in a message");
  } while (reader.remaining > 0);
}

/** Whoever uses an object with AMF0 may share it with others that use AMF3. */
function valuesFor(type: SharedObjectType, values: Uint8Array): Uint8Array {
  if (type === MessageType.sharedObjectAmf3 || !values.includes(Amf0Marker.avmPlus)) return values;
  const room = new Amf0Room(values.length * MAX_GROWTH + ANY_VALUE_BYTES);
  const fitting = decodeAmf0(values).map((value) => (room.take(value) ? value : amfUnsupported));
  return encodeAmf0(fitting);
}

type EventType = SharedObjectEvent["type"];

/** Event types, RTMP 1.0 §7.1.3. */
const CODES: Readonly<Record<EventType, number>> = {
  use: 1,
  release: 2,
  requestChange: 3,
  change: 4,
  success: 5,
  send: 6,
  status: 7,
  clear: 8,
  remove: 9,
  requestRemove: 10,
  useSuccess: 11,
};
const TYPES: readonly (EventType | undefined)[] = Object.entries(CODES).reduce<EventType[]>(
  (types, [type, code]) => {
    types[code] = type as EventType;
    return types;
  },
  [],
);

const PERSISTENT = 2;

/** Of the AMF3 type: AMF0 values, of which objects switch to AMF3. */
const FORMAT = 0;

/**
 * AMF0 repeats what AMF3 refers to. A list of small numbers grows to less than five times its length;
 * what refers to one long text again and again would grow to a thousand times.
 */
const MAX_GROWTH = 8;
const ANY_VALUE_BYTES = 256;

/** More than an object has slots; an event takes five bytes, and a message may have 16 million. */
const MAX_EVENTS = 8_192;

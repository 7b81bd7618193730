import { decodeAmf0 } from "../amf/amf0-decode.ts";
import { encodeAmf0 } from "../amf/amf0-encode.ts";
import { encodeExtended } from "../amf/extended.ts";
import type { AmfValue } from "../amf/value.ts";
import { MalformedError } from "../errors.ts";
import { type Message, MessageType } from "../rtmp/message.ts";

/** A command message, RTMP 1.0 §7.1.1: a call, its answer, or a notice. */
export interface Command {
  readonly name: string;
  /** 0: no answer is wanted. */
  readonly transactionId: number;
  /** The "command object", often null. */
  readonly object: AmfValue;
  readonly args: readonly AmfValue[];
}

/** A data message, RTMP 1.0 §7.1.2, such as onMetaData. */
export interface DataMessage {
  readonly name: string;
  readonly values: readonly AmfValue[];
}

/** The version of AMF that `connect` agreed on for the objects in commands, RTMP 1.0 §7.2.1.1. */
export type ObjectEncoding = 0 | 3;

/** What a command says where it should have a text; "" if it is none. */
export function textOf(value: AmfValue): string {
  return typeof value === "string" ? value : "";
}

/** What a far end sent, to be sent back: cut off, or what just fitted into a message would not any more. */
export function echoOf(text: string): string {
  return text.slice(0, MAX_ECHO_LENGTH);
}

/** A command that wants no answer. */
export function notice(name: string, args: readonly AmfValue[]): Command {
  return { name, transactionId: 0, object: null, args };
}

/** Throws TypeError or RangeError for values that the encoding cannot carry. */
export function encodeCommand(
  command: Command,
  streamId: number,
  objectEncoding: ObjectEncoding = 0,
): Message {
  const { name, transactionId, object, args } = command;
  const values: readonly AmfValue[] = [name, transactionId, object, ...args];
  const isAmf3 = objectEncoding === 3;
  return {
    type: isAmf3 ? MessageType.commandAmf3 : MessageType.commandAmf0,
    streamId,
    timestampMs: 0,
    payload: isAmf3 ? withFormat(encodeExtended(values)) : encodeAmf0(values),
  };
}

/** Answers undefined for messages that are no commands. Throws MalformedError. */
export function decodeCommand(message: Message): Command | undefined {
  const bytes = amf0Bytes(message, MessageType.commandAmf0, MessageType.commandAmf3);
  if (!bytes) return undefined;
  const [name, transactionId, object, ...args] = decodeAmf0(bytes);
  if (typeof name !== "string") throw new MalformedError("a command without a name");
  return {
    name,
    transactionId: typeof transactionId === "number" ? transactionId : 0,
    object,
    args,
  };
}

export function encodeData(data: DataMessage, streamId: number, timestampMs: number): Message {
  const payload = encodeAmf0([data.name, ...data.values]);
  return { type: MessageType.dataAmf0, streamId, timestampMs, payload };
}

/** Answers undefined for messages that are no data. Throws MalformedError. */
export function decodeData(message: Message): DataMessage | undefined {
  const bytes = dataBytes(message);
  if (!bytes) return undefined;
  const [name, ...values] = decodeAmf0(bytes, { allowMissingEnd: true });
  return { name: typeof name === "string" ? name : "", values };
}

/** The values of a data message in AMF0, its name first: a view. Undefined for other messages. */
export function dataBytes(message: Message): Uint8Array | undefined {
  return amf0Bytes(message, MessageType.dataAmf0, MessageType.dataAmf3);
}

/** As long as names of methods and streams get. */
const MAX_ECHO_LENGTH = 256;

/** Format 0 of the AMF3 types, RFC 7425 §5.3.3. */
function withFormat(values: Uint8Array): Uint8Array {
  const payload = new Uint8Array(values.length + 1);
  payload.set(values, 1);
  return payload;
}

/**
 * The AMF3 types begin with a format byte 0 and then hold AMF0 values all the same, RFC 7425 §5.3.3;
 * some senders of data leave the byte out.
 */
function amf0Bytes(message: Message, amf0Type: number, amf3Type: number): Uint8Array | undefined {
  const { type, payload } = message;
  if (type === amf0Type) return payload;
  if (type !== amf3Type) return undefined;
  return payload[0] === 0 ? payload.subarray(1) : payload;
}

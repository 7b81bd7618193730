import { writeName } from "../bytes/name.ts";
import { Writer } from "../bytes/writer.ts";
import { Amf0Marker, MAX_AMF0_DEPTH, MAX_AMF0_OBJECTS } from "./amf0-marker.ts";
import {
  AmfDate,
  type AmfObject,
  type AmfValue,
  AmfXmlDocument,
  amfArrayCount,
  amfClassName,
  amfUnsupported,
  isAmfObject,
  isDateLike,
} from "./value.ts";

const text = new TextEncoder();

/** What the values of one message share: the objects written so far, for references to them. */
export class Amf0WriteContext {
  readonly #indices = new Map<object, number>();
  readonly #most: number;

  /** `most` objects in all. */
  constructor(most: number = MAX_AMF0_OBJECTS) {
    this.#most = most;
  }

  /** Objects written so far. */
  get objects(): number {
    return this.#indices.size;
  }

  /** The index of an object that was written before, or undefined after giving it the next one. */
  indexOf(object: object): number | undefined {
    const index = this.#indices.get(object);
    if (index !== undefined) return index;
    if (this.#indices.size >= this.#most) {
      throw new RangeError(`more than ${this.#most} objects in an AMF0 message`);
    }
    this.#indices.set(object, this.#indices.size);
    return undefined;
  }
}

/**
 * The values as one message in AMF 0. Throws TypeError for what AMF 0 cannot carry (functions,
 * class instances, bytes …) and RangeError for nesting past 64 levels or keys past 65535 bytes.
 */
export function encodeAmf0(values: readonly AmfValue[]): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  const context = new Amf0WriteContext();
  for (const value of values) writeAmf0(writer, value, context);
  return writer.finish();
}

/** Writes one value of a message, AMF 0 §2. Throws as `encodeAmf0` does. */
export function writeAmf0(writer: Writer, value: AmfValue, context: Amf0WriteContext): void {
  writeValue(writer, value, context, 0);
}

function writeValue(
  writer: Writer,
  value: AmfValue,
  context: Amf0WriteContext,
  depth: number,
): void {
  switch (typeof value) {
    case "number":
      writer.u8(Amf0Marker.number).f64(value);
      return;
    case "boolean":
      writer.u8(Amf0Marker.boolean).u8(value ? 1 : 0);
      return;
    case "string":
      writeString(writer, value);
      return;
    case "undefined":
      writer.u8(Amf0Marker.undefined);
      return;
    case "object":
      if (value === null) writer.u8(Amf0Marker.null);
      else writeObject(writer, value, context, depth);
      return;
    default:
      if (value !== amfUnsupported) throw new TypeError(`AMF0 has no ${typeof value}`);
      writer.u8(Amf0Marker.unsupported);
  }
}

/** §2.4 and §2.14: a string past 65535 bytes is a long string. */
function writeString(writer: Writer, value: string): void {
  const bytes = text.encode(value);
  if (bytes.length > 0xffff) writer.u8(Amf0Marker.longString).u32(bytes.length);
  else writer.u8(Amf0Marker.string).u16(bytes.length);
  writer.put(bytes);
}

function writeObject(
  writer: Writer,
  value: Extract<AmfValue, object>,
  context: Amf0WriteContext,
  depth: number,
): void {
  if (value instanceof AmfXmlDocument) {
    const bytes = text.encode(value.text);
    writer.u8(Amf0Marker.xmlDocument).u32(bytes.length).put(bytes);
  } else if (isDateLike(value)) {
    const zone = value instanceof AmfDate ? value.zoneMinutes : 0;
    writer.u8(Amf0Marker.date).f64(value.getTime()).u16(zone);
  } else if (Array.isArray(value) || isAmfObject(value)) {
    writeComposite(writer, value, context, depth);
  } else {
    throw new TypeError("AMF0 has plain objects, no bytes, Maps or instances of classes");
  }
}

/** An array or an object, or a reference to one that was written before, §2.9. */
function writeComposite(
  writer: Writer,
  value: AmfValue[] | AmfObject,
  context: Amf0WriteContext,
  depth: number,
): void {
  const index = context.indexOf(value);
  if (index !== undefined) {
    writer.u8(Amf0Marker.reference).u16(index);
    return;
  }
  if (depth >= MAX_AMF0_DEPTH) throw new RangeError(`values nest past ${MAX_AMF0_DEPTH} levels`);
  if (Array.isArray(value)) {
    writer.u8(Amf0Marker.strictArray).u32(value.length);
    for (const item of value) writeValue(writer, item, context, depth + 1);
    return;
  }
  writeObjectStart(writer, value);
  for (const [key, item] of Object.entries(value)) {
    writeName(writer, key);
    writeValue(writer, item, context, depth + 1);
  }
  writer.u16(0).u8(Amf0Marker.objectEnd);
}

/**
 * What comes before the properties of an object §2.5, an ECMA array §2.10, a typed object §2.18.
 */
function writeObjectStart(writer: Writer, object: AmfObject): void {
  const className = object[amfClassName];
  const count = object[amfArrayCount];
  if (className !== undefined) {
    writeName(writer.u8(Amf0Marker.typedObject), className);
  } else if (count !== undefined) {
    writer.u8(Amf0Marker.ecmaArray).u32(count);
  } else {
    writer.u8(Amf0Marker.object);
  }
}

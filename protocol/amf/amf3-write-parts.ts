import type { Writer } from "../bytes/writer.ts";
import { Amf3Marker } from "./amf3-marker.ts";
import type { AmfTraits, AmfVectorItems } from "./amf3-value.ts";
import type { Amf3WriteContext } from "./amf3-write-context.ts";
import { writeU29 } from "./u29.ts";

const text = new TextEncoder();

/** AMF 3 §1.3.2: a string, or a reference to one written before; never one to the empty string. */
export function writeAmf3String(writer: Writer, string: string, context: Amf3WriteContext): void {
  if (string === "") {
    writeU29(writer, 1);
    return;
  }
  const index = context.strings.indexOf(string);
  if (index === undefined) writeBytes(writer, text.encode(string));
  else writeU29(writer, index << 1);
}

/** The name of a member that is not declared. An empty one would end the list. */
export function writeKey(writer: Writer, key: string, context: Amf3WriteContext): void {
  if (key === "") throw new TypeError("AMF3 has no empty key outside declared members");
  writeAmf3String(writer, key, context);
}

/** A length and that many bytes, as XML §3.9 and byte arrays §3.14 are written. */
export function writeBytes(writer: Writer, bytes: Uint8Array): void {
  writeU29(writer, (bytes.length << 1) | 1);
  writer.put(bytes);
}

export function writeUtf8(writer: Writer, string: string): void {
  writeBytes(writer, text.encode(string));
}

/** §3.4 and §3.5: what has no place in 29 bits with sign is a double, and so is -0. */
export function writeNumber(writer: Writer, value: number): void {
  const isInteger = (value << 3) >> 3 === value && !Object.is(value, -0);
  if (isInteger) writeU29(writer.u8(Amf3Marker.integer), value);
  else writer.u8(Amf3Marker.double).f64(value);
}

/** §3.12: traits, or a reference to those that another object had. */
export function writeTraits(writer: Writer, traits: AmfTraits, context: Amf3WriteContext): void {
  const index = context.traits.indexOf(traits);
  if (index !== undefined) {
    writeU29(writer, (index << 2) | 1);
    return;
  }
  writeU29(writer, (traits.sealed.length << 4) | (traits.isDynamic ? 0b1011 : 0b0011));
  writeAmf3String(writer, traits.className, context);
  for (const name of traits.sealed) writeAmf3String(writer, name, context);
}

/** Traits of an object that declares nothing. */
export function writeDynamicTraits(
  writer: Writer,
  className: string,
  context: Amf3WriteContext,
): void {
  writeNamedTraits(writer, 0b1011, className, context);
}

/** Traits of an object whose form only its class knows. */
export function writeExternalizableTraits(
  writer: Writer,
  className: string,
  context: Amf3WriteContext,
): void {
  writeNamedTraits(writer, 0b0111, className, context);
}

function writeNamedTraits(
  writer: Writer,
  header: number,
  className: string,
  context: Amf3WriteContext,
): void {
  const index = context.traits.indexOf(`${header} ${className}`);
  if (index !== undefined) {
    writeU29(writer, (index << 2) | 1);
    return;
  }
  writeU29(writer, header);
  writeAmf3String(writer, className, context);
}

/** §3.15, vectors of int, uint and double after their marker. */
export function writeNumbers(
  writer: Writer,
  items: Exclude<AmfVectorItems, unknown[]>,
  isFixed: boolean,
): void {
  writeU29(writer, (items.length << 1) | 1);
  writer.u8(isFixed ? 1 : 0);
  for (const item of items) {
    if (items instanceof Float64Array) writer.f64(item);
    else writer.u32(item);
  }
}

import { Writer } from "../bytes/writer.ts";
import { Amf0Marker } from "./amf0-marker.ts";
import { Amf3Marker, MAX_AMF3_DEPTH } from "./amf3-marker.ts";
import {
  AmfExternalizable,
  AmfMixedArray,
  type AmfTraits,
  AmfVector,
  AmfWeakDictionary,
  AmfXml,
  amfTraits,
} from "./amf3-value.ts";
import { Amf3WriteContext } from "./amf3-write-context.ts";
import {
  writeAmf3String,
  writeBytes,
  writeDynamicTraits,
  writeExternalizableTraits,
  writeKey,
  writeNumber,
  writeNumbers,
  writeTraits,
  writeUtf8,
} from "./amf3-write-parts.ts";
import { type Amf3Options, findExternalizable } from "./externalizable.ts";
import { writeU29 } from "./u29.ts";
import {
  type AmfObject,
  type AmfValue,
  AmfXmlDocument,
  amfArrayCount,
  amfClassName,
  isAmfObject,
  isDateLike,
} from "./value.ts";

/**
 * The values in AMF 3, sharing their tables of references. Throws TypeError for what AMF 3 cannot
 * carry (functions, instances of classes, members that traits do not allow, externalizable classes
 * that nobody knows …) and RangeError for nesting past 64 levels or more than 65536 objects.
 */
export function encodeAmf3(
  values: readonly AmfValue[],
  options: Amf3Options = {},
): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  const context = new Amf3WriteContext(options);
  for (const value of values) writeAmf3(writer, value, context, 0);
  return writer.finish();
}

/** One value in AMF 3 among values in AMF 0, AMF 0 §3.1. Throws as `encodeAmf3` does. */
export function writeAvmPlus(writer: Writer, value: AmfValue, options: Amf3Options = {}): void {
  writeAmf3(writer.u8(Amf0Marker.avmPlus), value, new Amf3WriteContext(options), 0);
}

/** A value inside `depth` objects, §3.1. */
function writeAmf3(
  writer: Writer,
  value: AmfValue,
  context: Amf3WriteContext,
  depth: number,
): void {
  switch (typeof value) {
    case "undefined":
      writer.u8(Amf3Marker.undefined);
      return;
    case "boolean":
      writer.u8(value ? Amf3Marker.true : Amf3Marker.false);
      return;
    case "number":
      writeNumber(writer, value);
      return;
    case "string":
      writeAmf3String(writer.u8(Amf3Marker.string), value, context);
      return;
    case "object":
      if (value === null) writer.u8(Amf3Marker.null);
      else writeReferable(writer, value, context, depth);
      return;
    default:
      throw new TypeError(`AMF3 has no ${typeof value}`);
  }
}

type Referable = Extract<AmfValue, object>;

/** One of the types that share the table of objects, or a reference to one, §2.2. */
function writeReferable(
  writer: Writer,
  value: Referable,
  context: Amf3WriteContext,
  depth: number,
): void {
  writer.u8(markerOf(value));
  const index = context.indexOfObject(value);
  if (index !== undefined) writeU29(writer, index << 1);
  else if (value instanceof Uint8Array) writeBytes(writer, value);
  else if (value instanceof AmfXml) writeUtf8(writer, value.text);
  else if (value instanceof AmfXmlDocument) writeUtf8(writer, value.text);
  else if (isDateLike(value)) writer.u8(1).f64(value.getTime());
  else if (depth < MAX_AMF3_DEPTH) writeComposite(writer, value, context, depth + 1);
  else throw new RangeError(`values nest past ${MAX_AMF3_DEPTH} levels`);
}

function markerOf(value: Referable): number {
  if (Array.isArray(value) || value instanceof AmfMixedArray) return Amf3Marker.array;
  if (value instanceof Uint8Array) return Amf3Marker.byteArray;
  if (value instanceof Map) return Amf3Marker.dictionary;
  if (value instanceof AmfVector) return vectorMarkerOf(value);
  if (value instanceof AmfExternalizable) return Amf3Marker.object;
  if (value instanceof AmfXml) return Amf3Marker.xml;
  if (value instanceof AmfXmlDocument) return Amf3Marker.xmlDocument;
  if (isDateLike(value)) return Amf3Marker.date;
  if (isAmfObject(value)) return isEcmaArray(value) ? Amf3Marker.array : Amf3Marker.object;
  throw new TypeError("AMF3 has plain objects, no instances of classes");
}

function vectorMarkerOf({ items }: AmfVector): number {
  if (items instanceof Int32Array) return Amf3Marker.vectorInt;
  if (items instanceof Uint32Array) return Amf3Marker.vectorUint;
  if (items instanceof Float64Array) return Amf3Marker.vectorDouble;
  if (Array.isArray(items)) return Amf3Marker.vectorObject;
  throw new TypeError("AMF3 has no vector of such numbers");
}

function isEcmaArray(object: AmfObject): boolean {
  const isTyped = object[amfClassName] !== undefined || object[amfTraits] !== undefined;
  return object[amfArrayCount] !== undefined && !isTyped;
}

/** What holds other values, each inside `depth` objects. */
function writeComposite(
  writer: Writer,
  value: Exclude<Referable, Uint8Array>,
  context: Amf3WriteContext,
  depth: number,
): void {
  if (Array.isArray(value)) writeArray(writer, value, {}, context, depth);
  else if (value instanceof AmfMixedArray) {
    writeArray(writer, value.dense, value.associative, context, depth);
  } else if (value instanceof Map) writeDictionary(writer, value, context, depth);
  else if (value instanceof AmfVector) writeVector(writer, value, context, depth);
  else if (value instanceof AmfExternalizable) writeExternalizable(writer, value, context, depth);
  else if (isAmfObject(value)) {
    if (isEcmaArray(value)) writeArray(writer, [], value, context, depth);
    else writeObject(writer, value, context, depth);
  }
}

/** §3.11: `(key value)* "" value*`. */
function writeArray(
  writer: Writer,
  dense: readonly AmfValue[],
  associative: AmfObject,
  context: Amf3WriteContext,
  depth: number,
): void {
  writeU29(writer, (dense.length << 1) | 1);
  writeMembers(writer, associative, undefined, context, depth);
  for (const item of dense) writeAmf3(writer, item, context, depth);
}

/** Named values up to an empty key; those in `sealed` were written before. */
function writeMembers(
  writer: Writer,
  object: AmfObject,
  sealed: ReadonlySet<string> | undefined,
  context: Amf3WriteContext,
  depth: number,
): void {
  for (const key of Object.keys(object)) {
    if (sealed?.has(key)) continue;
    writeKey(writer, key, context);
    writeAmf3(writer, object[key], context, depth);
  }
  writeAmf3String(writer, "", context);
}

/** §3.12. */
function writeObject(
  writer: Writer,
  object: AmfObject,
  context: Amf3WriteContext,
  depth: number,
): void {
  const traits = object[amfTraits];
  if (traits) {
    writeTraits(writer, traits, context);
    writeDeclared(writer, object, traits, context, depth);
  } else {
    writeDynamicTraits(writer, object[amfClassName] ?? "", context);
    writeMembers(writer, object, undefined, context, depth);
  }
}

/** The members of an object whose class declares some. */
function writeDeclared(
  writer: Writer,
  object: AmfObject,
  traits: AmfTraits,
  context: Amf3WriteContext,
  depth: number,
): void {
  const sealed = context.sealedOf(traits);
  for (const name of traits.sealed) writeAmf3(writer, object[name], context, depth);
  if (traits.isDynamic) writeMembers(writer, object, sealed, context, depth);
  else if (!Object.keys(object).every((key) => sealed.has(key))) {
    throw new TypeError(`an object of class ${traits.className} has a member it may not have`);
  }
}

function writeExternalizable(
  writer: Writer,
  { className, body }: AmfExternalizable,
  context: Amf3WriteContext,
  depth: number,
): void {
  const codec = findExternalizable(className, context.options);
  if (!codec) throw new TypeError(`unknown externalizable class ${className}`);
  writeExternalizableTraits(writer, className, context);
  codec.write(writer, body, (value) => writeAmf3(writer, value, context, depth));
}

/** §3.15. */
function writeVector(
  writer: Writer,
  { items, isFixed, typeName }: AmfVector,
  context: Amf3WriteContext,
  depth: number,
): void {
  if (!Array.isArray(items)) {
    writeNumbers(writer, items, isFixed);
    return;
  }
  writeU29(writer, (items.length << 1) | 1);
  writeAmf3String(writer.u8(isFixed ? 1 : 0), typeName, context);
  for (const item of items) writeAmf3(writer, item, context, depth);
}

/** §3.16: `weak:u8 (key value)*`. */
function writeDictionary(
  writer: Writer,
  entries: ReadonlyMap<AmfValue, AmfValue>,
  context: Amf3WriteContext,
  depth: number,
): void {
  writeU29(writer, (entries.size << 1) | 1);
  writer.u8(entries instanceof AmfWeakDictionary ? 1 : 0);
  for (const [key, value] of entries) {
    writeAmf3(writer, key, context, depth);
    writeAmf3(writer, value, context, depth);
  }
}

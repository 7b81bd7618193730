import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { Amf3Marker, MAX_AMF3_DEPTH } from "./amf3-marker.ts";
import { Amf3ReadContext } from "./amf3-read-context.ts";
import { checkFits, readAmf3String, readNumbers, readTraits } from "./amf3-read-parts.ts";
import {
  AmfExternalizable,
  AmfMixedArray,
  AmfVector,
  AmfWeakDictionary,
  AmfXml,
  amfTraits,
} from "./amf3-value.ts";
import { type Amf3Options, findExternalizable } from "./externalizable.ts";
import { readU29 } from "./u29.ts";
import {
  AmfDate,
  type AmfObject,
  type AmfValue,
  AmfXmlDocument,
  amfClassName,
  createAmfObject,
} from "./value.ts";

/** All values in AMF 3, which share their tables of references. Throws MalformedError. */
export function decodeAmf3(bytes: Uint8Array, options: Amf3Options = {}): AmfValue[] {
  const reader = new Reader(bytes);
  const context = new Amf3ReadContext(options);
  const values: AmfValue[] = [];
  while (reader.remaining > 0) values.push(readAmf3(reader, context));
  return values;
}

/** The next value in AMF 3, §3.1, inside `depth` objects. Throws MalformedError. */
export function readAmf3(reader: Reader, context: Amf3ReadContext, depth = 0): AmfValue {
  const marker = reader.u8();
  context.values.note();
  switch (marker) {
    case Amf3Marker.undefined:
      return undefined;
    case Amf3Marker.null:
      return null;
    case Amf3Marker.false:
      return false;
    case Amf3Marker.true:
      return true;
    case Amf3Marker.integer:
      return (readU29(reader) << 3) >> 3;
    case Amf3Marker.double:
      return reader.f64();
    case Amf3Marker.string:
      return readAmf3String(reader, context);
    default:
      if (marker > Amf3Marker.dictionary) {
        throw new MalformedError(`not an AMF3 value: marker ${marker}`);
      }
      return readReferable(marker, reader, context, depth);
  }
}

/** One of the types that share the table of objects, or a reference to one, §2.2. */
function readReferable(
  marker: number,
  reader: Reader,
  context: Amf3ReadContext,
  depth: number,
): AmfValue {
  const header = readU29(reader);
  if ((header & 1) === 0) return context.objectAt(header >>> 1);
  const size = header >>> 1;
  switch (marker) {
    case Amf3Marker.xmlDocument:
      return context.addObject(new AmfXmlDocument(reader.utf8(size)));
    case Amf3Marker.xml:
      return context.addObject(new AmfXml(reader.utf8(size)));
    case Amf3Marker.date:
      return context.addObject(new AmfDate(reader.f64()));
    case Amf3Marker.byteArray:
      // A copy: the value may live long, the message it came in should not.
      return context.addObject(new Uint8Array(reader.bytes(size)));
    case Amf3Marker.vectorInt:
    case Amf3Marker.vectorUint:
    case Amf3Marker.vectorDouble:
      return context.addObject(readNumbers(marker, size, reader));
    default:
      if (depth >= MAX_AMF3_DEPTH) {
        throw new MalformedError(`AMF3 nests past ${MAX_AMF3_DEPTH} levels`);
      }
      return readComposite(marker, header, reader, context, depth + 1);
  }
}

/** What holds other values, each inside `depth` objects. */
function readComposite(
  marker: number,
  header: number,
  reader: Reader,
  context: Amf3ReadContext,
  depth: number,
): AmfValue {
  const count = header >>> 1;
  switch (marker) {
    case Amf3Marker.array:
      return readArray(count, reader, context, depth);
    case Amf3Marker.object:
      return readObject(header, reader, context, depth);
    case Amf3Marker.vectorObject: {
      const isFixed = reader.u8() !== 0;
      const typeName = readAmf3String(reader, context);
      const items: AmfValue[] = [];
      const vector = context.addObject(new AmfVector(items, isFixed, typeName));
      readItems(items, count, reader, context, depth);
      return vector;
    }
    default:
      return readDictionary(count, reader, context, depth);
  }
}

/** §3.11: `(key value)* "" value*`. */
function readArray(
  count: number,
  reader: Reader,
  context: Amf3ReadContext,
  depth: number,
): AmfValue {
  const dense: AmfValue[] = [];
  const key = readAmf3String(reader, context);
  if (key === "") {
    context.addObject(dense);
    readItems(dense, count, reader, context, depth);
    return dense;
  }
  const array = context.addObject(new AmfMixedArray(dense, createAmfObject()));
  readMembers(array.associative, key, reader, context, depth);
  readItems(dense, count, reader, context, depth);
  return array;
}

function readItems(
  items: AmfValue[],
  count: number,
  reader: Reader,
  context: Amf3ReadContext,
  depth: number,
): void {
  checkFits(count, 1, reader);
  for (let index = 0; index < count; index += 1) items.push(readAmf3(reader, context, depth));
}

/** Named values up to the empty key; the first key was read already. */
function readMembers(
  object: AmfObject,
  firstKey: string,
  reader: Reader,
  context: Amf3ReadContext,
  depth: number,
): void {
  let key = firstKey;
  while (key !== "") {
    object[key] = readAmf3(reader, context, depth);
    key = readAmf3String(reader, context);
  }
}

/** §3.12. */
function readObject(
  header: number,
  reader: Reader,
  context: Amf3ReadContext,
  depth: number,
): AmfValue {
  const traits = readTraits(header, reader, context);
  if ("externalizable" in traits) {
    return readExternalizable(traits.externalizable, reader, context, depth);
  }
  const { className, sealed, isDynamic } = traits;
  const object = context.addObject(createAmfObject());
  if (className !== "") object[amfClassName] = className;
  if (!isDynamic || sealed.length > 0) object[amfTraits] = traits;
  for (const name of sealed) object[name] = readAmf3(reader, context, depth);
  if (isDynamic) readMembers(object, readAmf3String(reader, context), reader, context, depth);
  return object;
}

function readExternalizable(
  className: string,
  reader: Reader,
  context: Amf3ReadContext,
  depth: number,
): AmfValue {
  const codec = findExternalizable(className, context.options);
  if (!codec) throw new MalformedError(`unknown externalizable class ${className}`);
  const object = context.addObject(new AmfExternalizable(className, undefined));
  object.body = codec.read(reader, () => readAmf3(reader, context, depth));
  return object;
}

/** §3.16: `weak:u8 (key value)*`. */
function readDictionary(
  count: number,
  reader: Reader,
  context: Amf3ReadContext,
  depth: number,
): AmfValue {
  const isWeak = reader.u8() !== 0;
  checkFits(count, 2, reader);
  const entries = isWeak ? new AmfWeakDictionary() : new Map<AmfValue, AmfValue>();
  context.addObject(entries);
  for (let index = 0; index < count; index += 1) {
    const key = readAmf3(reader, context, depth);
    entries.set(key, readAmf3(reader, context, depth));
  }
  return entries;
}

import { readName } from "../bytes/name.ts";
import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { Amf0Marker, MAX_AMF0_DEPTH, MAX_AMF0_OBJECTS } from "./amf0-marker.ts";
import { readAmf3 } from "./amf3-decode.ts";
import { Amf3ReadContext } from "./amf3-read-context.ts";
import type { Amf3Options } from "./externalizable.ts";
import {
  AmfDate,
  type AmfObject,
  type AmfValue,
  AmfXmlDocument,
  amfArrayCount,
  amfClassName,
  amfUnsupported,
  createAmfObject,
} from "./value.ts";
import { AmfValueCount } from "./value-count.ts";

export interface Amf0DecodeOptions extends Amf3Options {
  /**
   * Accept objects and ECMA arrays whose end is cut off where the bytes end: some encoders send
   * `onMetaData` so.
   * @default false
   */
  readonly allowMissingEnd?: boolean | undefined;
}

/** What the values of one message share: the objects that a reference can point at. */
export class Amf0ReadContext {
  readonly allowMissingEnd: boolean;
  readonly values: AmfValueCount = new AmfValueCount();
  readonly #options: Amf0DecodeOptions;
  readonly #objects: (AmfObject | AmfValue[])[] = [];
  #amf3: Amf3ReadContext | undefined;

  constructor(options: Amf0DecodeOptions = {}) {
    this.allowMissingEnd = options.allowMissingEnd ?? false;
    this.#options = options;
  }

  /** The tables of one value in AMF 3, which shares none with any other, AMF 0 §3.1. */
  switchToAmf3(): Amf3ReadContext {
    this.#amf3 ??= new Amf3ReadContext(this.#options, this.values);
    this.#amf3.reset();
    return this.#amf3;
  }

  /** Gives the object the next index. It is added when it opens, so that it can contain itself. */
  add<Opened extends AmfObject | AmfValue[]>(object: Opened): Opened {
    if (this.#objects.length >= MAX_AMF0_OBJECTS) {
      throw new MalformedError(`more than ${MAX_AMF0_OBJECTS} AMF objects in a message`);
    }
    this.#objects.push(object);
    return object;
  }

  at(index: number): AmfObject | AmfValue[] {
    const object = this.#objects[index];
    if (object === undefined) throw new MalformedError(`AMF reference to nothing: ${index}`);
    return object;
  }
}

/** All values of a message in AMF 0. Throws MalformedError. */
export function decodeAmf0(bytes: Uint8Array, options: Amf0DecodeOptions = {}): AmfValue[] {
  const reader = new Reader(bytes);
  const context = new Amf0ReadContext(options);
  const values: AmfValue[] = [];
  while (reader.remaining > 0) values.push(readAmf0(reader, context));
  return values;
}

/** The next value of a message in AMF 0, AMF 0 §2. Throws MalformedError. */
export function readAmf0(reader: Reader, context: Amf0ReadContext): AmfValue {
  return readMarked(reader.u8(), reader, context, 0);
}

/** What follows a marker, inside `depth` objects. */
function readMarked(
  marker: number,
  reader: Reader,
  context: Amf0ReadContext,
  depth: number,
): AmfValue {
  context.values.note();
  switch (marker) {
    case Amf0Marker.number:
      return reader.f64();
    case Amf0Marker.boolean:
      return reader.u8() !== 0;
    case Amf0Marker.string:
      return reader.utf8(reader.u16());
    case Amf0Marker.longString:
      return reader.utf8(reader.u32());
    case Amf0Marker.null:
      return null;
    case Amf0Marker.undefined:
      return undefined;
    case Amf0Marker.unsupported:
      return amfUnsupported;
    case Amf0Marker.date:
      return readDate(reader);
    case Amf0Marker.xmlDocument:
      return new AmfXmlDocument(reader.utf8(reader.u32()));
    case Amf0Marker.reference:
      return context.at(reader.u16());
    case Amf0Marker.avmPlus:
      return readAmf3(reader, context.switchToAmf3(), depth);
    default:
      return readComposite(marker, reader, context, depth);
  }
}

function readComposite(
  marker: number,
  reader: Reader,
  context: Amf0ReadContext,
  depth: number,
): AmfValue {
  if (depth >= MAX_AMF0_DEPTH) throw new MalformedError(`AMF nests past ${MAX_AMF0_DEPTH} levels`);
  switch (marker) {
    case Amf0Marker.strictArray:
      return readStrictArray(reader, context, depth);
    case Amf0Marker.object:
      return readProperties(createAmfObject(), reader, context, depth);
    case Amf0Marker.ecmaArray: {
      const array = createAmfObject();
      array[amfArrayCount] = reader.u32();
      return readProperties(array, reader, context, depth);
    }
    case Amf0Marker.typedObject: {
      const object = createAmfObject();
      object[amfClassName] = readName(reader);
      return readProperties(object, reader, context, depth);
    }
    default:
      throw new MalformedError(`not an AMF0 value: marker ${marker}`);
  }
}

/** §2.13: `ms:f64 zone:s16`. */
function readDate(reader: Reader): AmfDate {
  const epochMs = reader.f64();
  const zone = reader.u16();
  return new AmfDate(epochMs, (zone << 16) >> 16);
}

/** §2.12: `count:u32 value*`. */
function readStrictArray(reader: Reader, context: Amf0ReadContext, depth: number): AmfValue[] {
  const count = reader.u32();
  if (count > reader.remaining) throw new MalformedError("AMF array longer than its message");
  const array = context.add<AmfValue[]>([]);
  for (let index = 0; index < count; index += 1) {
    array.push(readMarked(reader.u8(), reader, context, depth + 1));
  }
  return array;
}

/** §2.5: `(length:u16 key value)* 0:u16 9:u8`. An empty key before any other marker is a key. */
function readProperties(
  object: AmfObject,
  reader: Reader,
  context: Amf0ReadContext,
  depth: number,
): AmfObject {
  context.add(object);
  while (!isCutOff(reader, context)) {
    const key = readName(reader);
    const marker = reader.u8();
    if (key === "" && marker === Amf0Marker.objectEnd) return object;
    object[key] = readMarked(marker, reader, context, depth + 1);
  }
  return object;
}

/** Do the bytes end where a key should start, or inside the three bytes that end an object? */
function isCutOff(reader: Reader, context: Amf0ReadContext): boolean {
  if (!context.allowMissingEnd || reader.remaining > 2) return false;
  if (reader.rest().every((byte) => byte === 0)) return true;
  throw new MalformedError("bytes end early");
}

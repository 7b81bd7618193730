import type { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { Amf3Marker } from "./amf3-marker.ts";
import type { Amf3ReadContext, ExternalizableTraits } from "./amf3-read-context.ts";
import { type AmfTraits, AmfVector } from "./amf3-value.ts";
import { readU29 } from "./u29.ts";

/** AMF 3 §1.3.2: a string or a reference to one. The empty string is never in the table. */
export function readAmf3String(reader: Reader, context: Amf3ReadContext): string {
  const header = readU29(reader);
  if ((header & 1) === 0) return context.stringAt(header >>> 1);
  const length = header >>> 1;
  return length === 0 ? "" : context.addString(reader.utf8(length));
}

/** AMF 3 §3.12: what follows an object's first integer up to its members. */
export function readTraits(
  header: number,
  reader: Reader,
  context: Amf3ReadContext,
): AmfTraits | ExternalizableTraits {
  if ((header & 2) === 0) return context.traitsAt(header >>> 2);
  const className = readAmf3String(reader, context);
  if ((header & 4) !== 0) return context.addTraits({ externalizable: className });
  const count = header >>> 4;
  checkFits(count, 1, reader);
  const sealed: string[] = [];
  for (let index = 0; index < count; index += 1) {
    context.values.note();
    sealed.push(readAmf3String(reader, context));
  }
  return context.addTraits({ className, sealed, isDynamic: (header & 8) !== 0 });
}

/** AMF 3 §3.15, vectors of int, uint and double: `fixed:u8 item*`. */
export function readNumbers(marker: number, count: number, reader: Reader): AmfVector {
  const isFixed = reader.u8() !== 0;
  checkFits(count, marker === Amf3Marker.vectorDouble ? 8 : 4, reader);
  if (marker === Amf3Marker.vectorDouble) {
    const doubles = new Float64Array(count);
    for (let index = 0; index < count; index += 1) doubles[index] = reader.f64();
    return new AmfVector(doubles, isFixed);
  }
  const items = marker === Amf3Marker.vectorInt ? new Int32Array(count) : new Uint32Array(count);
  for (let index = 0; index < count; index += 1) items[index] = reader.u32();
  return new AmfVector(items, isFixed);
}

/** Nobody may announce more than follows: what is announced is allocated. */
export function checkFits(count: number, itemBytes: number, reader: Reader): void {
  if (count * itemBytes > reader.remaining) {
    throw new MalformedError("AMF3 announces more items than its message holds");
  }
}

import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";

/** The largest unsigned integer of 29 bits, AMF 3 §1.3.1. */
const MAX_U29 = 0x1fff_ffff;

/** Variable length unsigned 29-bit integer, AMF 3 §1.3.1: 7 bits a byte, 8 in a fourth. */
export function readU29(reader: Reader): number {
  let value = 0;
  for (let count = 0; count < 3; count += 1) {
    const byte = reader.u8();
    value = (value << 7) | (byte & 0x7f);
    if (byte < 0x80) return value;
  }
  return (value << 8) | reader.u8();
}

/** Writes the shortest form. Bits past the 29th are dropped, which is how -1 becomes 2^29-1. */
export function writeU29(writer: Writer, integer: number): void {
  const value = integer & MAX_U29;
  if (value < 0x80) {
    writer.u8(value);
  } else if (value < 0x4000) {
    writer.u16(((value << 1) & 0x7f00) | 0x8000 | (value & 0x7f));
  } else if (value < 0x20_0000) {
    writer.u24(((value << 2) & 0x7f_0000) | ((value << 1) & 0x7f00) | 0x80_8000 | (value & 0x7f));
  } else {
    writer.u24(
      0x80_8080 | ((value >>> 6) & 0x7f_0000) | ((value >>> 7) & 0x7f00) | ((value >>> 8) & 0x7f),
    );
    writer.u8(value);
  }
}

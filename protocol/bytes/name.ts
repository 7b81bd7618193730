import { MalformedError } from "../errors.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/**
 * `length:u16 utf8`, as AMF0 has its keys and shared objects their names. Throws MalformedError, also for
 * what is no UTF-8 and so would be too long if it was written again.
 */
export function readName(reader: Reader): string {
  const name = reader.utf8(reader.u16());
  const isShort = name.length * MAX_UTF8_BYTES <= MAX_NAME_BYTES;
  if (!isShort && encoder.encode(name).length > MAX_NAME_BYTES) {
    throw new MalformedError("a name that is no UTF-8");
  }
  return name;
}

/** Throws RangeError for a name of more than 65535 bytes. */
export function writeName(writer: Writer, name: string): Writer {
  const bytes = encoder.encode(name);
  if (bytes.length > MAX_NAME_BYTES) {
    throw new RangeError(`a name of more than ${MAX_NAME_BYTES} bytes`);
  }
  return writer.u16(bytes.length).put(bytes);
}

const encoder = new TextEncoder();
const MAX_NAME_BYTES = 0xffff;
/** Of one code unit. */
const MAX_UTF8_BYTES = 3;

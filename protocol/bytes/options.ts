import { Reader } from "./reader.ts";
import { vluLength, type Writer } from "./writer.ts";

/** One option, RFC 7016 §2.1.3. A Marker (length 0) has no type and reads as undefined. */
export interface Option {
  readonly type: number;
  /** A view of the option's value. */
  readonly value: Uint8Array;
}

/** RFC 7016 §2.1.3: `length:VLU [type:VLU value]`. Answers undefined for a Marker. */
export function readOption(reader: Reader): Option | undefined {
  const bytes = reader.field();
  if (bytes.length === 0) return undefined;
  const inner = new Reader(bytes);
  return { type: inner.vlu(), value: inner.rest() };
}

/** The option's value may come in parts. */
export function writeOption(writer: Writer, type: number, ...value: readonly Uint8Array[]): void {
  const length = value.reduce((sum, part) => sum + part.length, vluLength(type));
  writer.vlu(length).vlu(type);
  for (const part of value) writer.put(part);
}

/** A Marker, RFC 7016 §2.1.3: ends an Option List. */
export function writeMarker(writer: Writer): void {
  writer.u8(0);
}

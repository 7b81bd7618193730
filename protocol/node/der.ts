/** As much of DER (X.690) as a certificate takes. Contents of 65 535 bytes at most. */

import { concat } from "../bytes/concat.ts";

/** A value of any tag. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(contents);
  const { length } = content;
  if (length > 0xffff) throw new RangeError("too long for this encoder");
  const lengthBytes =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concat([Uint8Array.of(tag, ...lengthBytes), content]);
}

export function sequence(...contents: readonly Uint8Array[]): Uint8Array {
  return der(0x30, ...contents);
}

/** A positive number, big-endian. */
export function integer(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? new Uint8Array(1) : bytes.subarray(start);
  // A first bit that is set would make it negative.
  return (digits[0] as number) >= 0x80 ? der(0x02, new Uint8Array(1), digits) : der(0x02, digits);
}

/** `1.2.840.10045.4.3.2` and its like. */
export function objectIdentifier(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

export function utf8String(text: string): Uint8Array {
  return der(0x0c, new TextEncoder().encode(text));
}

/** Whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return der(0x03, new Uint8Array(1), bytes);
}

/** UTCTime before 2050, as RFC 5280 §4.1.2.5 wants it, else GeneralizedTime. */
export function time(date: Date): Uint8Array {
  const digits = `${date.toISOString().replaceAll(/[-:T]|\..*/g, "")}Z`;
  const isShort = date.getUTCFullYear() < 2050;
  return der(isShort ? 0x17 : 0x18, new TextEncoder().encode(isShort ? digits.slice(2) : digits));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

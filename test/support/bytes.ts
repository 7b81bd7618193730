import { fromHex, toHex } from "../../protocol/bytes/hex.ts";

/** Bytes of hexadecimal text as the RFC prints it: blanks and line ends between bytes are free. */
export function hex(text: string): Uint8Array {
  return fromHex(text.replaceAll(/\s/g, ""));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes `from` through `to`, a byte each, as hexadecimal text. */
export function countingHex(from: number, to: number): string {
  return toHex(Uint8Array.from({ length: to - from + 1 }, (_, index) => from + index));
}

import { MalformedError } from "../errors.ts";

/** Lower-case hexadecimal text. */
export function toHex(bytes: Uint8Array): string {
  // A string that is put together with `+` keeps all its parts until it is first compared: that of 32
  // bytes takes 1 KB then, and there is one for each session.
  const digits: (string | undefined)[] = [];
  for (const byte of bytes) digits.push(HEX[byte]);
  return digits.join("");
}

/** Bytes of hexadecimal text. Throws MalformedError if it is anything else. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0 || /[^0-9a-fA-F]/.test(text)) {
    throw new MalformedError("not hexadecimal text");
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

/** Of each byte: looking it up takes a fifth of making it. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** Base64 with padding, RFC 4648 §4. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = bytes.subarray(at, at + 3);
    const group = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += letter(group >> 18) + letter(group >> 12);
    text += b === undefined ? "=" : letter(group >> 6);
    text += c === undefined ? "=" : letter(group);
  }
  return text;
}

function letter(bits: number): string {
  return ALPHABET.charAt(bits & 0x3f);
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

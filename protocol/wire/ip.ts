import { MalformedError } from "../errors.ts";

/** Bytes of an IP address in text form: 4 for v4, 16 for v6. Throws MalformedError on anything else. */
export function parseIp(text: string): Uint8Array {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

/** Canonical text (RFC 5952) of 4 or 16 bytes. An IPv4-mapped v6 address stays a v6 address. */
export function formatIp(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join(".") : formatV6(bytes);
}

function parseV4(text: string): Uint8Array {
  const parts = V4.exec(text);
  const bytes = new Uint8Array(4);
  for (let at = 0; at < 4; at += 1) {
    const value = Number(parts?.[at + 1]);
    if (!(value < 256)) throw new MalformedError(`not an IPv4 address: ${text}`);
    bytes[at] = value;
  }
  return bytes;
}

function parseV6(text: string): Uint8Array {
  const address = text.replace(/%.*$/, "");
  const halves = address.split("::");
  const head = groups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? "", true) : [];
  const missing = 16 - head.length - tail.length;
  const fits = halves.length === 2 ? missing >= 2 : halves.length === 1 && missing === 0;
  if (!fits) throw new MalformedError(`not an IPv6 address: ${text}`);
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** Bytes of colon-separated groups; at the address's end the last may be dotted IPv4. */
function groups(text: string, isEnd: boolean): number[] {
  if (text === "") return [];
  const parts = text.split(":");
  return parts.flatMap((part, index) => {
    if (isEnd && part.includes(".") && index === parts.length - 1) return [...parseV4(part)];
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) throw new MalformedError(`not an IPv6 group: ${part}`);
    const value = Number.parseInt(part, 16);
    return [value >> 8, value & 0xff];
  });
}

function formatV6(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, index) => {
    const at = index * 2;
    return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  });
  const run = longestZeroRun(words);
  const hex = (part: number[]): string => part.map((word) => word.toString(16)).join(":");
  if (run.length < 2) return hex(words);
  return `${hex(words.slice(0, run.start))}::${hex(words.slice(run.start + run.length))}`;
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  words.forEach((word, index) => {
    if (word !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}

/** Leading zeros are refused: some read them as octal, RFC 6943 §3.1.1. */
const V4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

import { MalformedError } from "../errors.ts";

/** Bytes of an IP address in text form: 4 for v4, 16 for v6. Throws MalformedError on anything else. */
export function parseIp(text: string): Uint8Array {
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

/** Canonical text (RFC 5952) of 4 or 16 bytes. An IPv4-mapped v6 address stays a v6 address. */
export function formatIp(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join(".") : formatV6(bytes);
}

/** An IPv4-mapped v6 address is an IPv4 address to everybody else: its 4 bytes. Others stay as they are. */
export function unmapped(bytes: Uint8Array): Uint8Array {
  const isMapped =
    bytes.length === 16 &&
    isZero(bytes.subarray(0, 10)) &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff;
  return isMapped ? bytes.subarray(12) : bytes;
}

/**
 * Where an address means somebody, and the same one: everywhere, in a private network, on one link, or
 * on its own host; or nobody.
 */
export type IpScope = "global" | "private" | "link" | "host" | "nobody";

/** The scope of an address in text form, IPv4-mapped ones included. Throws MalformedError. */
export function scopeOf(ip: string): IpScope {
  const bytes = unmapped(parseIp(ip));
  return bytes.length === 4 ? scopeOfV4(bytes) : scopeOfV6(bytes);
}

/** This machine itself, however it is written. Throws MalformedError. */
export function isLoopback(ip: string): boolean {
  return scopeOf(ip) === "host";
}

/** RFC 6890; 100.64.0.0/10 is what carrier-grade NATs give their subscribers. */
function scopeOfV4([a = 0, b = 0]: Uint8Array): IpScope {
  if (a === 127) return "host";
  if (a === 0 || a >= 224) return "nobody";
  if (a === 169 && b === 254) return "link";
  if (a === 10 || (a === 172 && b >> 4 === 1) || (a === 192 && b === 168)) return "private";
  return a === 100 && b >> 6 === 1 ? "private" : "global";
}

/** RFC 4291 §2.4, unique local addresses of RFC 4193. */
function scopeOfV6(bytes: Uint8Array): IpScope {
  const [a = 0, b = 0] = bytes;
  if (isZero(bytes.subarray(0, 15))) return bytes[15] === 1 ? "host" : "nobody";
  if (a === 0xff) return "nobody";
  if (a === 0xfe && b >> 6 === 2) return "link";
  return a >> 1 === 0x7e ? "private" : "global";
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
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

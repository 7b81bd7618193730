import type { Datagram, Fate } from "./datagram.ts";

/** Something that happened to a datagram, at a virtual time in milliseconds. */
export interface TraceEntry {
  readonly at: number;
  readonly fate: Fate;
  readonly datagram: Datagram;
}

export type Tap = (entry: TraceEntry) => void;

/** Tells every tap what happens to datagrams, and keeps one hash of it all instead of a log. */
export class Trace {
  readonly #taps = new Set<Tap>();
  readonly #time = new DataView(new ArrayBuffer(8));
  #one = 0x811c9dc5;
  #other = 0x9e3779b9;

  /** Answers a function that takes the tap away. */
  tap(listener: Tap): () => void {
    this.#taps.add(listener);
    return () => void this.#taps.delete(listener);
  }

  get isTapped(): boolean {
    return this.#taps.size > 0;
  }

  note(at: number, datagram: Datagram, fate: Fate): void {
    this.#hash(at, datagram, fate);
    if (this.#taps.size === 0) return;
    const entry = { at, fate, datagram };
    for (const tap of this.#taps) tap(entry);
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    return [this.#one, this.#other]
      .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }

  #hash(at: number, datagram: Datagram, fate: Fate): void {
    this.#time.setFloat64(0, at);
    this.#mix(this.#time.getUint32(0));
    this.#mix(this.#time.getUint32(4));
    this.#mix(datagram.index);
    this.#mixText(fate);
    if (fate !== "sent") return;
    this.#mixText(datagram.from.ip);
    this.#mix(datagram.from.port);
    this.#mixText(datagram.to.ip);
    this.#mix(datagram.to.port);
    this.#mixBytes(datagram.bytes);
    this.#mix(datagram.hops);
    if (!datagram.tcp) return;
    this.#mix(datagram.tcp.seq);
    this.#mix(datagram.tcp.ack);
    this.#mix(datagram.tcp.flags);
  }

  #mixText(text: string): void {
    this.#mix(text.length);
    for (let index = 0; index < text.length; index += 1) this.#mix(text.charCodeAt(index));
  }

  /**
   * By the word; a last one that is not whole is filled up with zeros. Most of a simulation's bytes pass
   * here: no view is made of them, and both lanes are local.
   */
  #mixBytes(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#mix(length);
    let one = this.#one;
    let other = this.#other;
    for (let at = 0; at < length; at += 4) {
      const word = at + 4 <= length ? wordAt(bytes, at) : lastWord(bytes, at);
      one = mixOne(one, word);
      other = mixOther(other, word);
    }
    this.#one = one;
    this.#other = other;
  }

  #mix(word: number): void {
    this.#one = mixOne(this.#one, word);
    this.#other = mixOther(this.#other, word);
  }
}

/** Two lanes of FNV-1a by the word, folded so that high bits reach the low ones. */
function mixOne(lane: number, word: number): number {
  const mixed = Math.imul(lane ^ word, 0x01000193);
  return mixed ^ (mixed >>> 15);
}

function mixOther(lane: number, word: number): number {
  const mixed = Math.imul(lane ^ word, 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}

function wordAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
  return high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
}

function lastWord(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0, third = 0] = bytes.subarray(at);
  return (first << 24) | (second << 16) | (third << 8);
}

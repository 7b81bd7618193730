import { Writer } from "../../protocol/bytes/writer.ts";
import { type Message, MessageType } from "../../protocol/rtmp/message.ts";
import type { Prng } from "../lab/index.ts";

/** What a receiver remembers of a chunk stream, by the letter of RTMP 1.0 §5.3.1.2. */
interface Remembered {
  message: Omit<Message, "payload">;
  length: number;
  /** The last timestamp or delta that was given, and whether it was extended. */
  time: number;
  isExtended: boolean;
  /** The message under way, and how much of its payload is out. */
  open: { readonly payload: Uint8Array; sent: number } | undefined;
}

/**
 * A sender that does everything that the specification allows, at random: all forms of the basic
 * header, all formats, chunk streams that interleave, chunk sizes that change and messages that are
 * aborted in the middle.
 */
export class ChunkModel {
  /** What a receiver has to make of the bytes so far; controls not among them. */
  readonly expected: Message[] = [];
  readonly #random: Prng;
  readonly #writer = new Writer();
  readonly #streams = new Map<number, Remembered>();
  #chunkBytes = 128;

  constructor(random: Prng) {
    this.#random = random;
  }

  get bytes(): Uint8Array {
    return this.#writer.finish();
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step += 1) this.#step();
    for (const id of this.#streams.keys()) while (this.#streams.get(id)?.open) this.#go(id);
  }

  #step(): void {
    const kind = this.#random.below(20);
    if (kind === 0) this.#resize();
    else if (kind === 1) this.#abort();
    else this.#go(IDS[this.#random.below(IDS.length)] ?? 3);
  }

  /** §5.4.1: it counts from the next chunk on, in messages under way, too. */
  #resize(): void {
    const chunkBytes = 1 + this.#random.below(this.#random.chance(0.5) ? 20 : 5_000);
    this.#control(MessageType.setChunkSize, chunkBytes);
    this.#chunkBytes = chunkBytes;
  }

  #abort(): void {
    for (const [id, stream] of this.#streams) {
      if (!stream.open || this.#random.chance(0.5)) continue;
      this.#control(MessageType.abort, id);
      stream.open = undefined;
      return;
    }
  }

  #control(type: number, value: number): void {
    const writer = this.#writer.u8(2).u24(0).u24(4).u8(type).u32(0);
    if (this.#chunkBytes >= 4) writer.u32(value);
    else this.#inChunks(value);
  }

  #inChunks(value: number): void {
    const payload = new Writer(4).u32(value).bytes();
    for (let at = 0; at < 4; at += this.#chunkBytes) {
      if (at > 0) this.#writer.u8(0xc2);
      this.#writer.put(payload.subarray(at, at + this.#chunkBytes));
    }
  }

  /** One more chunk of this chunk stream. */
  #go(id: number): void {
    const stream = this.#streams.get(id);
    if (stream?.open) this.#continue(id, stream);
    else this.#begin(id, stream);
  }

  #begin(id: number, before: Remembered | undefined): void {
    const random = this.#random;
    const format = before ? random.below(4) : 0;
    const payload = random.bytes(
      format > 1 && before ? before.length : random.below(random.chance(0.8) ? 300 : 9_000),
    );
    const time = format === 3 && before ? before.time : this.#anyTime();
    const isExtended = format === 3 ? (before?.isExtended ?? false) : time >= 0xff_ffff;
    const from = format === 0 ? 0 : (before?.message.timestampMs ?? 0);
    const message = {
      type: format > 1 && before ? before.message.type : (TYPES[random.below(4)] ?? 8),
      streamId: format > 0 && before ? before.message.streamId : random.u32(),
      timestampMs: (from + time) % 2 ** 32,
    };
    this.#basicHeader(format, id);
    if (format < 3) this.#writer.u24(Math.min(time, 0xff_ffff));
    if (format < 2) this.#writer.u24(payload.length).u8(message.type);
    if (format === 0) this.#littleEndian(message.streamId);
    if (isExtended) this.#writer.u32(time);
    const open = { payload, sent: 0 };
    const stream = { message, length: payload.length, time, isExtended, open };
    this.#streams.set(id, stream);
    this.#payload(stream);
  }

  #continue(id: number, stream: Remembered): void {
    this.#basicHeader(3, id);
    if (stream.isExtended) this.#writer.u32(stream.time);
    this.#payload(stream);
  }

  #payload(stream: Remembered): void {
    const { open } = stream;
    if (!open) return;
    const end = Math.min(open.sent + this.#chunkBytes, open.payload.length);
    this.#writer.put(open.payload.subarray(open.sent, end));
    open.sent = end;
    if (end < open.payload.length) return;
    this.expected.push({ ...stream.message, payload: open.payload });
    stream.open = undefined;
  }

  /** §5.3.1.1: in any of the forms that have room for the id. */
  #basicHeader(format: number, id: number): void {
    const high = format << 6;
    if (id < 64) this.#writer.u8(high | id);
    else if (id < 320 && this.#random.chance(0.5)) this.#writer.u8(high).u8(id - 64);
    else
      this.#writer
        .u8(high | 1)
        .u8((id - 64) & 0xff)
        .u8((id - 64) >> 8);
  }

  #littleEndian(value: number): void {
    for (const shift of [0, 8, 16, 24]) this.#writer.u8((value >>> shift) & 0xff);
  }

  #anyTime(): number {
    const random = this.#random;
    const edges = [0, 0xff_fffe, 0xff_ffff, 0x100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    return random.chance(0.7) ? random.below(100) : (edges[random.below(edges.length)] ?? 0);
  }
}

const IDS: readonly number[] = [3, 4, 6, 63, 64, 65, 319, 320, 1_000, 65_599];
const TYPES: readonly number[] = [8, 9, 18, 20];

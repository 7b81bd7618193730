import { Assembly } from "../bytes/assembly.ts";
import { MalformedError } from "../errors.ts";
import { ChunkFormat, type ChunkHeader } from "./chunk-header.ts";
import type { Message } from "./message.ts";

/** What a receiver remembers of one chunk stream, RTMP 1.0 §5.3.1.2, and the message under way. */
export class ChunkStream {
  readonly id: number;
  #type = 0;
  #streamId = 0;
  #timestampMs = 0;
  #length = 0;
  /** The time that the last header gave: what format 3 applies again. */
  #time = 0;
  #isExtended = false;
  #isOpen = false;
  #body: Assembly | undefined;

  constructor(id: number) {
    this.id = id;
  }

  /** Is a message under way, of which more chunks have to come? */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** What format 3 chunks repeat as their extended timestamp, or undefined if they have none. */
  get extendedTime(): number | undefined {
    return this.#isExtended ? this.#time : undefined;
  }

  /** Bytes of the message's payload. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of its payload that have not come yet. */
  get missing(): number {
    return this.#body?.missing ?? this.#length;
  }

  /** Bytes of memory that what has come of it takes. */
  get heldBytes(): number {
    return this.#body?.room ?? 0;
  }

  /** Starts a message with its first chunk's header, and the extended timestamp of format 3. */
  begin(header: ChunkHeader, repeatedTime: number | undefined): void {
    this.#length = header.length ?? this.#length;
    this.#type = header.type ?? this.#type;
    this.#streamId = header.streamId ?? this.#streamId;
    if (header.format !== ChunkFormat.continued) this.#isExtended = header.isExtended;
    this.#time = header.time ?? repeatedTime ?? this.#time;
    const from = header.format === ChunkFormat.full ? 0 : this.#timestampMs;
    this.#timestampMs = (from + this.#time) >>> 0;
    this.#isOpen = true;
  }

  /**
   * Some encoders repeat the message header on every chunk. That is a continuation if it says the
   * same again (a delta of 0 does). Throws MalformedError if it does not.
   */
  checkRepeated(header: ChunkHeader): void {
    if (header.format === ChunkFormat.continued) return;
    const expected = header.format === ChunkFormat.full ? this.#timestampMs : this.#time;
    const isSame =
      (header.length ?? this.#length) === this.#length &&
      (header.type ?? this.#type) === this.#type &&
      (header.streamId ?? this.#streamId) === this.#streamId &&
      (header.time === expected || (header.time === 0 && header.format !== ChunkFormat.full));
    if (!isSame) throw new MalformedError(`chunk stream ${this.id}: message inside a message`);
  }

  /**
   * Takes bytes of the payload; answers the message when they are the last. Never keeps a message
   * that arrives in one piece: its payload is a view of `bytes`.
   */
  take(bytes: Uint8Array): Message | undefined {
    if (this.#body === undefined && bytes.length === this.#length) return this.#finish(bytes);
    this.#body ??= new Assembly(this.#length);
    this.#body.add(bytes);
    return this.#body.missing === 0 ? this.#finish(this.#body.finish()) : undefined;
  }

  /** Forgets the message under way but not its header: the next delta counts from it, §5.4.2. */
  abort(): void {
    this.#isOpen = false;
    this.#body = undefined;
  }

  #finish(payload: Uint8Array): Message {
    this.abort();
    return {
      type: this.#type,
      streamId: this.#streamId,
      timestampMs: this.#timestampMs,
      payload,
    };
  }
}

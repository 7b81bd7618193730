import { Assembly } from "../bytes/assembly.ts";
import { concat } from "../bytes/concat.ts";
import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import {
  FLV_HEADER_BYTES,
  FLV_TAG_HEADER_BYTES,
  type FlvHeader,
  type FlvTag,
  HAS_AUDIO,
  HAS_VIDEO,
} from "./tag.ts";

export interface FlvReaderOptions {
  /**
   * Longest payload of a tag, in bytes.
   * @default 16777215
   */
  readonly maxTagBytes?: number | undefined;
  /**
   * What is pushed starts in the middle of a file: with the back pointer before a tag.
   * @default false
   */
  readonly isInside?: boolean | undefined;
}

/**
 * Takes an FLV file or stream apart as its bytes come in: `push` some, then `next` until it answers
 * undefined. Back pointers are not looked at, they are wrong in many files. A tag comes out as soon
 * as its last byte is in; whatever is cut off at the end does not.
 */
export class FlvReader {
  readonly #maxTagBytes: number;
  #input: Uint8Array = NOTHING;
  #part: Assembly = new Assembly(FLV_HEADER_BYTES);
  #partIs: "header" | "extension" | "tag header" | "payload" = "header";
  #header: FlvHeader | undefined;
  #tag = { type: 0, timestampMs: 0 };

  constructor(options: FlvReaderOptions = {}) {
    this.#maxTagBytes = options.maxTagBytes ?? MAX_TAG_BYTES;
    if (options.isInside) this.#expect("tag header", BACK_POINTER_BYTES + FLV_TAG_HEADER_BYTES);
  }

  /** The file header, once it is in. */
  get header(): FlvHeader | undefined {
    return this.#header;
  }

  /** Takes bytes; take the tags out with `next` before pushing more. */
  push(bytes: Uint8Array): void {
    this.#input = this.#input.length === 0 ? bytes : concat([this.#input, bytes]);
  }

  /** The next tag, or undefined until more bytes come. Throws MalformedError. */
  next(): FlvTag | undefined {
    while (this.#collect()) {
      const tag = this.#advance(this.#part.finish());
      if (tag !== undefined) return tag;
    }
    return undefined;
  }

  /** Moves input into the part that is under way; is the part complete? */
  #collect(): boolean {
    this.#input = this.#input.subarray(this.#part.add(this.#input));
    return this.#part.missing === 0;
  }

  #advance(part: Uint8Array): FlvTag | undefined {
    switch (this.#partIs) {
      case "header":
        this.#expect("extension", this.#readHeader(new Reader(part)));
        return undefined;
      case "extension":
        this.#expect("tag header", BACK_POINTER_BYTES + FLV_TAG_HEADER_BYTES);
        return undefined;
      case "tag header":
        this.#expect("payload", this.#readTagHeader(new Reader(part)));
        return undefined;
      case "payload":
        this.#expect("tag header", BACK_POINTER_BYTES + FLV_TAG_HEADER_BYTES);
        return { ...this.#tag, payload: part };
    }
  }

  #expect(part: "extension" | "tag header" | "payload", length: number): void {
    this.#partIs = part;
    this.#part = new Assembly(length);
  }

  /**
   * §E.2: `"FLV" version:u8 flags:u8 dataOffset:u32`. Answers the bytes between it and the body.
   */
  #readHeader(reader: Reader): number {
    if (reader.utf8(3) !== "FLV") throw new MalformedError("not an FLV file");
    const version = reader.u8();
    if (version !== 1) throw new MalformedError(`FLV version ${version}`);
    const flags = reader.u8();
    const extension = reader.u32() - FLV_HEADER_BYTES;
    if (extension < 0 || extension > MAX_EXTENSION_BYTES) {
      throw new MalformedError("FLV header of impossible length");
    }
    this.#header = { hasAudio: (flags & HAS_AUDIO) !== 0, hasVideo: (flags & HAS_VIDEO) !== 0 };
    return extension;
  }

  /** §E.4.1, with the back pointer before it. Answers the length of the payload. */
  #readTagHeader(reader: Reader): number {
    reader.skip(BACK_POINTER_BYTES);
    const kind = reader.u8();
    if (kind & ENCRYPTED) throw new MalformedError("encrypted FLV tags are not supported");
    const length = reader.u24();
    if (length > this.#maxTagBytes) throw new MalformedError(`FLV tag of ${length} bytes`);
    const low = reader.u24();
    const timestampMs = ((reader.u8() << 24) | low) >>> 0;
    this.#tag = { type: kind & TYPE, timestampMs };
    return length;
  }
}

const NOTHING = new Uint8Array(0);
const BACK_POINTER_BYTES = 4;

/** Filter and TagType, §E.4.1. */
const ENCRYPTED = 0x20;
const TYPE = 0x1f;

/** The size field has 24 bits. */
const MAX_TAG_BYTES = 0xff_ffff;

/** No known header is longer than 9 bytes; whoever announces more is not sending FLV. */
const MAX_EXTENSION_BYTES = 4096;

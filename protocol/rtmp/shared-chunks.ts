import type { Message } from "./message.ts";

/** The bytes of a message for connections with one chunk size, on one message stream. */
interface Form {
  readonly payload: Uint8Array;
  readonly timestampMs: number;
  readonly streamId: number;
  readonly chunkBytes: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Stands in a message that goes to many: its chunks are made once for all that have them alike. A
 * message that was made of it with another payload or timestamp gets its own.
 */
export class SharedChunks {
  /** BOUNDED: MAX_FORMS. */
  readonly #forms: Form[] = [];

  /** Answers bytes that nobody may change, or undefined if nobody has made them yet. */
  find(message: Message, chunkBytes: number): Uint8Array<ArrayBuffer> | undefined {
    const { payload, timestampMs, streamId } = message;
    for (const form of this.#forms) {
      const isSame =
        form.payload === payload &&
        form.timestampMs === timestampMs &&
        form.streamId === streamId &&
        form.chunkBytes === chunkBytes;
      if (isSame) return form.bytes;
    }
    return undefined;
  }

  keep(message: Message, chunkBytes: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#forms.length >= MAX_FORMS) return;
    const { payload, timestampMs, streamId } = message;
    this.#forms.push({ payload, timestampMs, streamId, chunkBytes, bytes });
  }
}

/** Nearly all players have their stream 1, and chunks as large as the server's greeting says. */
const MAX_FORMS = 4;

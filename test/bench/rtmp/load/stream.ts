import type { Message } from "../../../../protocol/index.ts";

/** Bytes before the time in a picture: frame type, codec, packet type, composition time. */
const PICTURE_HEAD = 5;
/** How much of a picture a player has to look at. */
export const STAMPED_BYTES: number = PICTURE_HEAD + 8;

export const PICTURES_PER_SECOND = 25;
const GROUP = 25;
const SOUND_BYTES = 360;
const VIDEO = 9;
const AUDIO = 8;

/** H.264 and AAC of which nothing but the outside is there; pictures carry the time of sending. */
export class Stream {
  readonly #picture: Uint8Array;
  #pictures = 0;

  constructor(mbits: number) {
    this.#picture = new Uint8Array((mbits * 1e6) / 8 / PICTURES_PER_SECOND);
  }

  heads(): Message[] {
    return [
      video(0, Uint8Array.of(0x17, 0, 0, 0, 0)),
      audio(0, Uint8Array.of(0xaf, 0, 0x12, 0x10)),
    ];
  }

  picture(now: number): Message {
    const isKey = this.#pictures % GROUP === 0;
    const payload = this.#picture;
    payload.set([isKey ? 0x17 : 0x27, 1, 0, 0, 0]);
    new DataView(payload.buffer).setFloat64(PICTURE_HEAD, now);
    const timestampMs = (this.#pictures * 1000) / PICTURES_PER_SECOND;
    this.#pictures += 1;
    return video(timestampMs, payload);
  }

  sound(timestampMs: number): Message {
    const payload = new Uint8Array(SOUND_BYTES);
    payload.set([0xaf, 1]);
    return audio(timestampMs, payload);
  }
}

/** When a picture was sent, or undefined for a sequence header. `bytes`: its first STAMPED_BYTES. */
export function sentAt(bytes: Uint8Array): number | undefined {
  if (bytes[1] !== 1) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(PICTURE_HEAD);
}

function video(timestampMs: number, payload: Uint8Array): Message {
  return { type: VIDEO, streamId: 1, timestampMs, payload };
}

function audio(timestampMs: number, payload: Uint8Array): Message {
  return { type: AUDIO, streamId: 1, timestampMs, payload };
}

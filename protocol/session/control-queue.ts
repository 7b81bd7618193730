import { Ring } from "../bytes/ring.ts";
import { Writer } from "../bytes/writer.ts";
import { MAX_CONTROL_CHUNKS } from "../params.ts";

/** Chunks that do not belong to a flow (pings, closes, hellos), waiting for the next packet. */
export class ControlQueue {
  /** BOUNDED: MAX_CONTROL_CHUNKS; what comes on top is dropped, and asked for again if it matters. */
  readonly #chunks = new Ring<Uint8Array>();

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  push(write: (writer: Writer) => void): void {
    if (this.#chunks.length >= MAX_CONTROL_CHUNKS) return;
    const writer = new Writer(64);
    write(writer);
    this.#chunks.push(writer.finish());
  }

  /** Moves as many chunks as fit into an empty packet; one that does not fit into that is dropped. */
  writeTo(writer: Writer): void {
    if (this.isEmpty) return;
    const roomOfPacket = writer.room;
    for (let chunk = this.#chunks.at(0); chunk; chunk = this.#chunks.at(0)) {
      if (chunk.length > writer.room && chunk.length <= roomOfPacket) return;
      this.#chunks.shift();
      if (chunk.length <= writer.room) writer.put(chunk);
    }
    this.clear();
  }

  /** Leaves no room for more, either: most sessions seldom say anything like that. */
  clear(): void {
    this.#chunks.clear();
  }
}

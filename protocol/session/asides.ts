import { Writer } from "../bytes/writer.ts";
import { MAX_CONTROL_CHUNKS } from "../params.ts";
import { type Path, samePath } from "./events.ts";

/** A chunk that goes over a path of its own. */
interface Aside {
  readonly path: Path;
  readonly chunk: Uint8Array;
}

/** Chunks that do not go where the session's packets go: Pings to where the far end may be, replies. */
export class Asides {
  /** BOUNDED: MAX_CONTROL_CHUNKS; seldom more than one, and gone with the next poll. */
  #asides: Aside[] = [];

  get isEmpty(): boolean {
    return this.#asides.length === 0;
  }

  push(path: Path, write: (writer: Writer) => void): void {
    if (this.#asides.length >= MAX_CONTROL_CHUNKS) return;
    const writer = new Writer(64);
    write(writer);
    this.#asides.push({ path, chunk: writer.finish() });
  }

  /** Where the next goes; undefined: there is none. */
  get path(): Path | undefined {
    return this.#asides[0]?.path;
  }

  /**
   * Moves those that go where the next does into an empty packet, as many as fit: what came in one packet
   * is answered in one. A chunk that fits into no packet is dropped.
   */
  writeTo(writer: Writer): void {
    const roomOfPacket = writer.room;
    const { path } = this;
    for (let [next] = this.#asides; next && path; [next] = this.#asides) {
      const { length } = next.chunk;
      const isToWait = length > writer.room && length <= roomOfPacket;
      if (isToWait || !samePath(next.path, path)) return;
      this.#asides.shift();
      if (length <= writer.room) writer.put(next.chunk);
    }
  }

  clear(): void {
    this.#asides = [];
  }
}

import { Writer } from "../bytes/writer.ts";
import { MAX_CONTROL_CHUNKS } from "../params.ts";
import type { Path } from "./events.ts";

/** A chunk that goes over a path of its own. */
export interface Aside {
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

  shift(): Aside | undefined {
    return this.#asides.shift();
  }

  clear(): void {
    this.#asides = [];
  }
}

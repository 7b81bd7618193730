import { readFileSync } from "node:fs";

/** Bytes of a file below test/vectors. Tests run from dist/, the data stays in the source tree. */
export function readVector(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../../test/vectors/${path}`, import.meta.url)));
}

/** A JSON file below test/vectors, in the shape the caller knows it to have. */
export function readJsonVector<Shape>(path: string): Shape {
  return JSON.parse(new TextDecoder().decode(readVector(path))) as Shape;
}

import type { FileHandle } from "node:fs/promises";
import { MalformedError } from "../../protocol/errors.ts";
import { MAX_BOX_HEADER_BYTES, readBoxHeader } from "../../protocol/mp4/box.ts";
import { decodeMovie, type Movie } from "../../protocol/mp4/movie.ts";

/**
 * Finds the `moov` box of an MP4 file of `size` bytes, at whatever end of it, and reads it; the media is
 * skipped. Throws MalformedError.
 */
export async function readMovie(file: FileHandle, size: number): Promise<Movie> {
  let at = 0;
  for (let count = 0; at < size && count < MAX_BOXES; count += 1) {
    const head = await readExactly(file, at, Math.min(MAX_BOX_HEADER_BYTES, size - at));
    const { type, headerBytes, size: boxBytes } = readBoxHeader(head);
    if (type === "moov") {
      const length = Math.min(boxBytes, size - at) - headerBytes;
      if (length > MAX_MOOV_BYTES) throw new MalformedError(`a list of samples of ${length} bytes`);
      return decodeMovie(await readExactly(file, at + headerBytes, length));
    }
    at += boxBytes;
  }
  throw new MalformedError("no MP4 file, or one that was not finished");
}

/** Throws MalformedError if the file ends before. */
async function readExactly(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  if (bytesRead < length) throw new MalformedError("an MP4 file that ends early");
  return bytes;
}

/** Before the list of samples there are a few; files of fragments have thousands, and it is in front. */
const MAX_BOXES = 1_024;
/** A film of two hours has 4 MB. */
const MAX_MOOV_BYTES = 67_108_864;

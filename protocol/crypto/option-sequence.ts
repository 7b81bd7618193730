import { type Option, readOption } from "../bytes/options.ts";
import { Reader } from "../bytes/reader.ts";

/**
 * The options of a bare sequence, RFC 7425 §4.4.1 and §4.5.1. Markers have no meaning there and are
 * passed over. Throws MalformedError on the way.
 */
export function* optionsOf(bytes: Uint8Array): Generator<Option, void> {
  const reader = new Reader(bytes);
  while (reader.remaining > 0) {
    const option = readOption(reader);
    if (option !== undefined) yield option;
  }
}

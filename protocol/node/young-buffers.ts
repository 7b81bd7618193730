import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/*
 * V8 counts what buffers have outside its heap as if it were old: in a process with a small heap, 20 MB of
 * them start a collection of the whole heap, although nearly all are garbage a millisecond after they were
 * made. At 150 MB/s that is twenty full collections a second, whose threads take a fifth of two cores. One
 * of the young generation frees the same buffers in half a millisecond, but V8 has none as long as the
 * objects themselves are few. So we ask for it.
 */

let youngBytes = 0;
let collect: (() => void) | undefined;

/** So many bytes of buffers were made that do not live long. */
export function noteBuffers(bytes: number): void {
  youngBytes += bytes;
  if (youngBytes < COLLECT_BYTES) return;
  youngBytes = 0;
  collect ??= youngCollector();
  collect();
}

/** Does nothing where it is not to be had. */
function youngCollector(): () => void {
  const gc = globalThis.gc ?? exposedGc();
  return () => gc?.({ type: "minor" });
}

/** New contexts have it as long as the flag is set; that of the program stays as it is. */
function exposedGc(): typeof globalThis.gc {
  setFlagsFromString("--expose-gc");
  try {
    return runInNewContext("globalThis.gc");
  } finally {
    setFlagsFromString("--no-expose-gc");
  }
}

/** A third of what starts a full collection; much less, and live data would be copied too often. */
const COLLECT_BYTES = 8_000_000;

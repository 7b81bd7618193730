/**
 * The number of a server's next stream. They count up and are not used again at once: what of a deleted
 * stream is still under way over RTMFP must not find another of its number.
 */
export function nextStreamId(last: number, taken: ReadonlyMap<number, unknown>): number {
  let id = last;
  do {
    id = (id % MAX_STREAM_ID) + 1;
  } while (taken.has(id));
  return id;
}

/** Then they begin again at 1: the numbers above belong to peer-to-peer streams. */
export const MAX_STREAM_ID = 2_000_000;

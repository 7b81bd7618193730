import type { Io } from "../../../protocol/io.ts";

/** `io` with a clock of its own: it starts at `startMs` and counts `rate` in each millisecond. */
export function drifting(io: Io, rate: number, startMs: number): Io {
  return {
    ...io,
    now: () => startMs + io.now() * rate,
    alarm: (ring) => {
      const alarm = io.alarm(ring);
      return {
        // Rounding must not let it ring before its time, or it would be set again for now, for ever.
        set: (at) => alarm.set((at - startMs) / rate + ROUNDING_MS),
      };
    },
  };
}

const ROUNDING_MS = 1e-3;

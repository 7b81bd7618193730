import { type BaseLogger, destination, levels, pino } from "pino";

/**
 * What the server needs of a logger: any of pino's will do, whatever its own levels. One without
 * "warn" hears no warnings.
 */
export type RendezvousLogger = Pick<BaseLogger, "debug" | "info" | "error"> &
  Partial<Pick<BaseLogger, "warn">>;

/**
 * Writes JSON lines to standard error: standard output belongs to the program. Throws RangeError for
 * a level that does not exist.
 */
export function createLogger(level: string): RendezvousLogger {
  const known = [...Object.keys(levels.values), "silent"];
  if (!known.includes(level))
    throw new RangeError(`log level ${level}: one of ${known.join(", ")}`);
  return pino({ level }, destination({ fd: STANDARD_ERROR, sync: true }));
}

const STANDARD_ERROR = 2;

import { type BaseLogger, destination, pino } from "pino";

/**
 * What the server needs of a logger: any of pino's will do, whatever its own levels. One without
 * "warn" hears no warnings.
 */
export type RendezvousLogger = Pick<BaseLogger, "debug" | "info" | "error"> &
  Partial<Pick<BaseLogger, "warn">>;

/** What is logged: this and what is worse; nothing is fatal to a server. */
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/**
 * Writes JSON lines to standard error: standard output belongs to the program. Throws RangeError for
 * a level that does not exist.
 */
export function createLogger(level: string): RendezvousLogger {
  if (!LOG_LEVELS.some((known) => known === level)) {
    throw new RangeError(`log level ${level}: one of ${LOG_LEVELS.join(", ")}`);
  }
  return pino({ level }, destination({ fd: STANDARD_ERROR, sync: true }));
}

const STANDARD_ERROR = 2;

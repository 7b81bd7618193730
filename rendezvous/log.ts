import { destination, type Logger, levels, pino } from "pino";

/**
 * A logger for `RendezvousOptions.logger` that writes JSON lines to standard error. Throws RangeError
 * for a level that does not exist.
 */
export function createLogger(level: string): Logger {
  if (level !== "silent" && !Object.hasOwn(levels.values, level)) {
    const known = [...Object.keys(levels.values), "silent"].join(", ");
    throw new RangeError(`log level ${level}: one of ${known}`);
  }
  return pino({ level }, destination({ fd: 2, sync: true }));
}

import type { BaseLogger } from "pino";

/** What the server needs of a logger: any of pino's will do, whatever its own levels. */
export type RendezvousLogger = Pick<BaseLogger, "debug" | "info" | "error">;

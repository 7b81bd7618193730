/** Every reason for which this library rejects or ends something. Match on these, not on messages. */
export type RtmfpErrorCode =
  | "MALFORMED"
  | "TIMEOUT"
  | "CLOSED"
  | "REJECTED"
  | "NOT_FOUND"
  | "LIMIT"
  | "CRYPTO"
  | "CALL_FAILED"
  | "BAD_NAME"
  | "ADDRESS_IN_USE"
  | "UNREACHABLE"
  | "PROTOCOL"
  | "FAULT";

/** Base of every error this library raises. Match on `code`, not on the message. */
export class RtmfpError extends Error {
  readonly code: RtmfpErrorCode;

  constructor(code: RtmfpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Bytes from the network break a protocol's syntax. They are dropped and counted, never the process. */
export class MalformedError extends RtmfpError {
  constructor(message: string, options?: ErrorOptions) {
    super("MALFORMED", message, options);
  }
}

/** What `read` answers; undefined if it throws MalformedError. */
export function unlessMalformed<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return undefined;
  }
}

/** What to tell of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An invariant of our own state, never of received bytes. A failure is a bug in this library. */
export function invariant(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${claim}`);
}

/** Throws RangeError naming the field if `ms` is given and no length of time; `Infinity` is one. */
export function checkMs(name: string, ms: number | undefined): void {
  if (ms !== undefined && !(ms >= 0)) throw new RangeError(`${name}: milliseconds, not ${ms}`);
}

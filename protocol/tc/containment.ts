import { RtmfpError } from "../errors.ts";

/** Told of an error that ended a session or connection, and that no far end should be able to cause. */
export type OnFault = (error: unknown) => void;

/** A session, or a connection that stands for one. */
export interface Abortable {
  abort(error: RtmfpError): void;
}

/**
 * Does something for `guest`. Whatever goes wrong in it ends that one, and no other: what is no RtmfpError
 * as `FAULT`, with the error as its cause.
 */
export function contain(guest: Abortable, act: () => void, onFault?: OnFault): void {
  try {
    act();
  } catch (error) {
    if (error instanceof RtmfpError) {
      guest.abort(error);
      return;
    }
    guest.abort(new RtmfpError("FAULT", "what it sent could not be dealt with", { cause: error }));
    onFault?.(error);
  }
}

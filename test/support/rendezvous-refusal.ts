import { Refusal, type RefusalReason } from "../../rendezvous/index.ts";

/** For assert.throws. */
export function isRefusal(reason: RefusalReason): (error: unknown) => boolean {
  return (error) =>
    error instanceof Refusal && error.reason === reason && error.message.startsWith(`${reason}: `);
}

import type { Path } from "../peer/sessions/peer-session.ts";
import { parseRendezvousUrl } from "../peer/url.ts";
import { messageOf } from "../protocol/errors.ts";
import { UsageError } from "./command.ts";

/** Throws UsageError for what is no server's URL. */
export function checkUrl(url: string): void {
  try {
    parseRendezvousUrl(url);
  } catch (error) {
    throw new UsageError(`--rendezvous: ${messageOf(error)}`);
  }
}

/** In words. The addresses of a relay's peers are made up, and tell a reader nothing. */
export function wayOf({ kind, address }: Pick<Path, "kind" | "address">): string {
  return kind === "relay" ? "over the relay" : `${kind}, ${address}`;
}

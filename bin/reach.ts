import { parseRendezvousUrl } from "../peer/url.ts";
import { UsageError } from "./command.ts";

/** Throws UsageError for what is no server's URL. */
export function checkUrl(url: string): void {
  try {
    parseRendezvousUrl(url);
  } catch (error) {
    throw new UsageError(`--rendezvous: ${error instanceof Error ? error.message : url}`);
  }
}

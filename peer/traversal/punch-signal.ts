import { MalformedError } from "../../protocol/errors.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import { parseAddressText } from "./address-text.ts";
import { fieldsOf, whole } from "./nat-report.ts";

/** What two punching peers tell each other, over the server or the session that they have. */
export type PunchSignal =
  /** "I am ready: send." */
  | {
      readonly type: "go";
      /** Counts the attempts of one session, so that both ends follow the same plan. */
      readonly attempt: number;
      /** What the plan wants sent to me has a way in already. */
      readonly isOpen: boolean;
      /** Where a server saw the socket of this attempt, or the mapping before the next. */
      readonly observed?: Address | undefined;
    }
  /** "There is a direct path." */
  | { readonly type: "done"; readonly attempt: number }
  | { readonly type: "ack"; readonly attempt: number; readonly of: "go" | "done" };

/** A signal as AMF and JSON carry it. */
export interface PunchSignalObject {
  [key: string]: string | number | boolean;
}

export function encodePunchSignal(signal: PunchSignal): PunchSignalObject {
  const { type, attempt } = signal;
  switch (signal.type) {
    case "go": {
      const { isOpen, observed } = signal;
      const address = observed ? { observed: formatAddress(observed) } : {};
      return { type, attempt, open: isOpen, ...address };
    }
    case "ack":
      return { type, attempt, of: signal.of };
    case "done":
      return { type, attempt };
  }
}

/** Throws MalformedError on anything that is no signal. */
export function decodePunchSignal(value: unknown): PunchSignal {
  const { type, attempt: number, open, observed, of } = fieldsOf(value);
  const attempt = whole(number, 0, MAX_ATTEMPT);
  switch (type) {
    case "go": {
      if (typeof open !== "boolean") throw new MalformedError("neither open nor not");
      const address = observed === undefined ? undefined : parseAddressText(observed);
      return { type, attempt, isOpen: open, observed: address };
    }
    case "done":
      return { type, attempt };
    case "ack":
      if (of !== "go" && of !== "done") throw new MalformedError("an acknowledgement of nothing");
      return { type, attempt, of };
    default:
      throw new MalformedError("an unknown signal");
  }
}

/** Attempts become rare: a session that lasts for years makes fewer. */
const MAX_ATTEMPT = 1_000_000;

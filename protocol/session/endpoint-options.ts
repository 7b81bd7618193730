import type { Crypto } from "../crypto/crypto.ts";
import { MAX_SESSIONS, MAX_SESSIONS_PER_ADDRESS } from "../params.ts";
import type { AdmissionLimits } from "./admission.ts";
import type { CongestionMode } from "./congestion.ts";
import type { SessionLimits } from "./session-limits.ts";

/** The limits are those of each session, until `Session.setLimits` changes them. */
export interface EndpointOptions extends SessionLimits {
  readonly crypto: Crypto;
  /**
   * Sessions that may be open. Where there are so many, a newcomer takes the place of one that is closing,
   * or of one of whoever has most by far, which ends with `LIMIT`; or is not answered.
   * @default 65 536
   */
  readonly maxSessions?: number | undefined;
  /**
   * How many of them may be opened from one IPv4 address, or one /64 of IPv6; more are not answered. This
   * machine itself has no such limit.
   * @default 4 096
   */
  readonly maxSessionsPerAddress?: number | undefined;
  /**
   * "delay" keeps queues on the way short, for interactive media; "loss" uses all that the path has.
   * @default "loss"
   */
  readonly congestion?: CongestionMode | undefined;
  /**
   * Up to which size (UDP payload, 1200 to 65 507 bytes) sessions look for the largest datagram that
   * their path carries. Beyond what the links carry IP cuts datagrams up: the core cannot forbid it.
   * @default 1472 over IPv4 and 1452 over IPv6, what Ethernet carries; 15 872 on the same machine
   */
  readonly maxDatagramBytes?: number | undefined;
}

/** Throws RangeError for a limit that is none. */
export function admissionLimits(options: EndpointOptions): AdmissionLimits {
  const { maxSessions = MAX_SESSIONS } = options;
  const { maxSessionsPerAddress = MAX_SESSIONS_PER_ADDRESS } = options;
  const limits = { maxSessions, maxSessionsPerAddress };
  for (const [name, count] of Object.entries(limits)) {
    if (!(count >= 0)) throw new RangeError(`${name}: 0 or more, not ${count}`);
  }
  return limits;
}

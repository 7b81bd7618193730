import { KEEPALIVE_MS, RETRANSMIT_LIMIT_MS } from "../params.ts";

/** How patient a session is. A field that is missing or undefined stays as it is. */
export interface SessionLimits {
  /**
   * A session that was silent for so long is asked whether it is still there, ms.
   * @default 10 000
   */
  readonly keepaliveMs?: number | undefined;
  /**
   * A session whose far end owes an answer for so long is dead, ms.
   * @default 20 000
   */
  readonly retransmitLimitMs?: number | undefined;
  /**
   * A session without any flow in use for so long is closed in an orderly way, ms.
   * @default Infinity
   */
  readonly idleCloseMs?: number | undefined;
}

/** The limits in force. */
export type EffectiveLimits = { readonly [Field in keyof SessionLimits]-?: number };

export const DEFAULT_LIMITS: EffectiveLimits = Object.freeze({
  keepaliveMs: KEEPALIVE_MS,
  retransmitLimitMs: RETRANSMIT_LIMIT_MS,
  idleCloseMs: Number.POSITIVE_INFINITY,
});

/** `current` with `change` applied. Throws RangeError for what is no length of time. */
export function changedLimits(current: EffectiveLimits, change: SessionLimits): EffectiveLimits {
  return {
    keepaliveMs: duration("keepaliveMs", change.keepaliveMs ?? current.keepaliveMs),
    retransmitLimitMs: duration(
      "retransmitLimitMs",
      change.retransmitLimitMs ?? current.retransmitLimitMs,
    ),
    idleCloseMs: duration("idleCloseMs", change.idleCloseMs ?? current.idleCloseMs),
  };
}

function duration(name: keyof SessionLimits, ms: number): number {
  if (!(ms > 0)) throw new RangeError(`${name}: milliseconds above 0, not ${ms}`);
  return ms;
}

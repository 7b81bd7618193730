import { ELSEWHERE_MS, KEEPALIVE_MS, RETRANSMIT_LIMIT_MS } from "../params.ts";

/**
 * How patient a session is: above 0, and `Infinity` is never. A field that is missing or undefined stays
 * as it is.
 */
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
   * A session whose far end owes an answer for so long asks for it wherever else it may be, ms; on slow
   * paths later, and sooner after a lull.
   * @default 5 000
   */
  readonly elsewhereMs?: number | undefined;
  /**
   * A session that has brought something, and then nothing for so long, is asked whether it is still
   * there, ms: who only receives would not notice that its own NAT forgot it.
   * @default Infinity
   */
  readonly lullMs?: number | undefined;
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
  elsewhereMs: ELSEWHERE_MS,
  lullMs: Number.POSITIVE_INFINITY,
  idleCloseMs: Number.POSITIVE_INFINITY,
});

/** `current` with `change` applied. Throws RangeError for what is no length of time. */
export function changedLimits(current: EffectiveLimits, change: SessionLimits): EffectiveLimits {
  const changed = (name: keyof SessionLimits): number => {
    const ms = change[name] ?? current[name];
    if (!(ms > 0)) throw new RangeError(`${name}: milliseconds above 0, not ${ms}`);
    return ms;
  };
  return {
    keepaliveMs: changed("keepaliveMs"),
    retransmitLimitMs: changed("retransmitLimitMs"),
    elsewhereMs: changed("elsewhereMs"),
    lullMs: changed("lullMs"),
    idleCloseMs: changed("idleCloseMs"),
  };
}

/** How one direction of a line or path treats the datagrams that pass. */
export interface Conditions {
  /**
   * Time under way in milliseconds.
   * @default 0; 10 on the path between two hosts
   */
  readonly delayMs: number;
  /**
   * Up to this many milliseconds more, evenly spread. Jitter alone never reorders.
   * @default 0
   */
  readonly jitterMs: number;
  /**
   * Probability that a datagram is lost, 0 to 1.
   * @default 0
   */
  readonly loss: number;
  /**
   * Probability that a datagram arrives twice, 0 to 1.
   * @default 0
   */
  readonly duplicate: number;
  /**
   * Probability that a datagram is held up by `reorderMs`, so that later ones overtake it, 0 to 1.
   * @default 0
   */
  readonly reorder: number;
  /**
   * How long a reordered datagram is held up, in milliseconds.
   * @default 10
   */
  readonly reorderMs: number;
  /**
   * Rate in bytes of IP packets per second.
   * @default Infinity
   */
  readonly bytesPerSecond: number;
  /**
   * Bytes of IP packets that may wait for the rate, the packet being sent included. Drop-tail: what
   * does not fit is dropped. One packet is always taken by an idle line.
   * @default 65536
   */
  readonly queueBytes: number;
  /**
   * Largest IP packet that passes, headers included; larger ones vanish without notice.
   * @default Infinity; 1500 on the path between two hosts
   */
  readonly mtuBytes: number;
}

/** Conditions to change; a field that is missing or undefined stays as it is. */
export type ConditionChange = {
  readonly [Field in keyof Conditions]?: Conditions[Field] | undefined;
};

/** A line that does nothing to its datagrams. */
export const IDEAL: Conditions = Object.freeze({
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 10,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  queueBytes: 65_536,
  mtuBytes: Number.POSITIVE_INFINITY,
});

/** Do these conditions let every datagram pass as it is, at once? */
export function isIdeal(conditions: Conditions): boolean {
  const { delayMs, jitterMs, loss, duplicate, reorder } = conditions;
  const { bytesPerSecond, mtuBytes } = conditions;
  return (
    delayMs + jitterMs + loss + duplicate + reorder === 0 &&
    Math.min(bytesPerSecond, mtuBytes) === Number.POSITIVE_INFINITY
  );
}

/** `base` with `change` applied. Throws RangeError naming an unknown or impossible field. */
export function changed(base: Conditions, change: ConditionChange): Conditions {
  const result: Record<string, number> = { ...base };
  for (const [field, value] of Object.entries(defined(change))) {
    const [least, most] = limits(field);
    if (!(value >= least && value <= most)) throw new RangeError(`${field} out of range: ${value}`);
    result[field] = value;
  }
  return result as unknown as Conditions;
}

/** `change` without its undefined fields. */
export function defined(change: ConditionChange): Partial<Conditions> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function limits(field: string): readonly [number, number] {
  if (!Object.hasOwn(IDEAL, field)) throw new RangeError(`unknown condition: ${field}`);
  if (field === "loss" || field === "duplicate" || field === "reorder") return [0, 1];
  if (field === "bytesPerSecond") return [1, Number.POSITIVE_INFINITY];
  if (field.endsWith("Ms")) return [0, Number.MAX_SAFE_INTEGER];
  return [0, Number.POSITIVE_INFINITY];
}

/** What clients may have the server remember in shared objects. */
export interface SharedObjectLimits {
  /**
   * Clients may make objects that stay when nobody uses them.
   * @default false
   */
  readonly persistent: boolean;
  /**
   * Persistent objects that clients of one IP address (of one /64 of IPv6) may have made since the
   * start: anybody may name a new one, and they stay.
   * @default 64
   */
  readonly maxPersistentPerAddress: number;
  /**
   * Objects of one application.
   * @default 1 024
   */
  readonly maxObjectsPerApp: number;
  /**
   * Objects of all applications together: anybody may name a new one.
   * @default 4 096
   */
  readonly maxObjects: number;
  /**
   * Slots of one object, at most 8 000: all of them fit into one message.
   * @default 1 024
   */
  readonly maxSlots: number;
  /**
   * Bytes of one object, names and values, at most 2 000 000.
   * @default 1 048 576
   */
  readonly maxObjectBytes: number;
  /**
   * Bytes of all objects together, in memory and in the folder.
   * @default 67 108 864
   */
  readonly maxBytes: number;
  /**
   * Clients that use one object: each change goes to all of them.
   * @default 10 000
   */
  readonly maxUsers: number;
  /**
   * Objects that one client uses.
   * @default 64
   */
  readonly maxObjectsPerClient: number;
}

export type SharedObjectOptions = {
  [Field in keyof SharedObjectLimits]?: SharedObjectLimits[Field] | undefined;
};

/** Throws RangeError naming the field. */
export function fullSharedObjectLimits(options: SharedObjectOptions = {}): SharedObjectLimits {
  const { persistent = false, ...numbers } = options;
  if (typeof persistent !== "boolean")
    throw new RangeError("sharedObjects.persistent: true or false");
  const limits: Record<NumberField, number> = { ...DEFAULTS };
  for (const [field, value] of Object.entries(numbers)) {
    if (!isLimit(field)) throw new RangeError(`unknown option: sharedObjects.${field}`);
    if (value === undefined) continue;
    if (!Number.isInteger(value) || value < 1 || value > MOST[field]) {
      throw new RangeError(`sharedObjects.${field}: a whole number from 1 to ${MOST[field]}`);
    }
    limits[field] = value;
  }
  return { ...limits, persistent };
}

type NumberField = Exclude<keyof SharedObjectLimits, "persistent">;

function isLimit(field: string): field is NumberField {
  return Object.hasOwn(DEFAULTS, field);
}

const DEFAULTS: Readonly<Record<NumberField, number>> = {
  maxPersistentPerAddress: 64,
  maxObjectsPerApp: 1_024,
  maxObjects: 4_096,
  maxSlots: 1_024,
  maxObjectBytes: 1_048_576,
  maxBytes: 67_108_864,
  maxUsers: 10_000,
  maxObjectsPerClient: 64,
};

/**
 * An object has to fit into a message of 2^24-1 bytes, with what an event takes for each slot, and
 * also when it grows to eight times its length on its way from AMF3 to AMF0.
 */
const MOST: Readonly<Record<NumberField, number>> = {
  maxPersistentPerAddress: 1_048_576,
  maxObjectsPerApp: 1_048_576,
  maxObjects: 1_048_576,
  maxSlots: 8_000,
  maxObjectBytes: 2_000_000,
  maxBytes: 17_179_869_184,
  maxUsers: 1_048_576,
  maxObjectsPerClient: 65_536,
};

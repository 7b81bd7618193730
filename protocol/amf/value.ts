import type {
  AmfExternalizable,
  AmfMixedArray,
  AmfTraits,
  AmfVector,
  AmfXml,
  amfTraits,
} from "./amf3-value.ts";

/**
 * The values of the Action Message Format as JavaScript sees them. Numbers, strings, booleans, null
 * and undefined are themselves, strict arrays are arrays, and objects are objects without a
 * prototype, so that a key such as `__proto__` is a key like any other. Writing takes ordinary
 * `{ a: 1 }` objects as well. Dictionaries are Maps and byte arrays are bytes; these and the classes
 * named after AMF 3 are values that AMF 0 does not have.
 */
export type AmfValue =
  | undefined
  | null
  | boolean
  | number
  | string
  | AmfValue[]
  | AmfObject
  | AmfDateLike
  | AmfXmlDocument
  | typeof amfUnsupported
  | Uint8Array
  | Map<AmfValue, AmfValue>
  | AmfMixedArray
  | AmfVector
  | AmfXml
  | AmfExternalizable;

/**
 * An object, a typed object or an ECMA array; symbols tell them apart. Keys keep their order, except
 * that JavaScript lists those which are array indices ("0", "17") first.
 */
export interface AmfObject {
  [key: string]: AmfValue;
  [amfClassName]?: string;
  [amfArrayCount]?: number;
  [amfTraits]?: AmfTraits;
}

/** Key of the class name that makes an object a typed object, AMF 0 §2.18. */
export const amfClassName: unique symbol = Symbol("amfClassName");

/**
 * Key of the count that makes an object an ECMA array, AMF 0 §2.10. Flash writes the length of the
 * array part there, encoders the number of properties or 0: it says nothing about the content.
 */
export const amfArrayCount: unique symbol = Symbol("amfArrayCount");

/** The value of the "unsupported" marker, AMF 0 §2.15. */
export const amfUnsupported: unique symbol = Symbol("amfUnsupported");

/** What can be written as a date. A JavaScript `Date` is one; decoding answers `AmfDate`. */
export interface AmfDateLike {
  /** Milliseconds since 1970-01-01T00:00Z. */
  getTime(): number;
}

/** A date of AMF, AMF 0 §2.13. */
export class AmfDate implements AmfDateLike {
  /** Milliseconds since 1970-01-01T00:00Z, possibly with a fraction. */
  readonly epochMs: number;
  /** What the sender says of its time zone. The format reserves it: send 0, expect anything. */
  readonly zoneMinutes: number;

  constructor(epochMs: number, zoneMinutes = 0) {
    this.epochMs = epochMs;
    this.zoneMinutes = zoneMinutes;
  }

  getTime(): number {
    return this.epochMs;
  }
}

/** An XML document as text, AMF 0 §2.17 and AMF 3 §3.9. Nobody parses it here. */
export class AmfXmlDocument {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An empty object without a prototype. */
export function createAmfObject(): AmfObject {
  return Object.create(null) as AmfObject;
}

/** The properties as an ECMA array, which is what players expect of `onMetaData`. */
export function ecmaArray(properties: AmfObject): AmfObject {
  const array = Object.assign(createAmfObject(), properties);
  array[amfArrayCount] = Object.keys(properties).length;
  return array;
}

/** The properties as an object of the class that the far end registered under `className`. */
export function typedObject(className: string, properties: AmfObject): AmfObject {
  const object = Object.assign(createAmfObject(), properties);
  object[amfClassName] = className;
  return object;
}

/** Is this an object with properties (typed objects and ECMA arrays included)? */
export function isAmfObject(value: AmfValue): value is AmfObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return (isPlain(value) || amfClassName in value) && !isDateLike(value);
}

/**
 * Without a prototype, or with the `Object.prototype` of any realm. Anything else (a Map, bytes, an
 * instance of a class) would be written as less than it is.
 */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Functions are no AMF values, so a `getTime` that is one belongs to a date. */
export function isDateLike(value: object): value is AmfDateLike {
  return "getTime" in value && typeof value.getTime === "function";
}

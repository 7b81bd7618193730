import type { AmfObject, AmfValue } from "./value.ts";

/**
 * What AMF 3 says of an object besides its members, AMF 3 §3.12: which of them its class declares,
 * in order, and whether it may have others. Objects of one class share one of these, which makes
 * their encoding short. It wins over `amfClassName`.
 */
export interface AmfTraits {
  /** "" for an anonymous object. */
  readonly className: string;
  readonly sealed: readonly string[];
  /** May have members that are not in `sealed`. */
  readonly isDynamic: boolean;
}

/** Key of an object's traits, where they say more than a class name: AMF 3 §3.12. */
export const amfTraits: unique symbol = Symbol("amfTraits");

/** An array that also has named members, AMF 3 §3.11. */
export class AmfMixedArray {
  readonly dense: AmfValue[];
  /** No key is empty. */
  readonly associative: AmfObject;

  constructor(dense: AmfValue[], associative: AmfObject) {
    this.dense = dense;
    this.associative = associative;
  }
}

/** The numbers of a vector (int, uint, double) or its values, AMF 3 §3.15. */
export type AmfVectorItems = Int32Array | Uint32Array | Float64Array | AmfValue[];

/** A Vector, AMF 3 §3.15: an array of one type. */
export class AmfVector {
  readonly items: AmfVectorItems;
  /** Its length may not change. */
  readonly isFixed: boolean;
  /** The class of a vector of values, "" for any. Vectors of numbers have none. */
  readonly typeName: string;

  constructor(items: AmfVectorItems, isFixed = false, typeName = "") {
    this.items = items;
    this.isFixed = isFixed;
    this.typeName = typeName;
  }
}

/** A Dictionary that does not keep its keys alive, AMF 3 §3.16; any other is a `Map`. */
export class AmfWeakDictionary extends Map<AmfValue, AmfValue> {}

/** XML of the kind that came with E4X, AMF 3 §3.13, as text. Nobody parses it here. */
export class AmfXml {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object that wrote itself in a form that only its class knows, AMF 3 §3.12. */
export class AmfExternalizable {
  readonly className: string;
  /** What an `ExternalizableCodec` made of it. It may refer to the object itself. */
  body: AmfValue;

  constructor(className: string, body: AmfValue) {
    this.className = className;
    this.body = body;
  }
}

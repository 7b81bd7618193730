/** Type markers, AMF 0 §2.1. */
export const Amf0Marker = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  movieClip: 0x04,
  null: 0x05,
  undefined: 0x06,
  reference: 0x07,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  recordSet: 0x0e,
  xmlDocument: 0x0f,
  typedObject: 0x10,
  /** One value in AMF 3 follows, AMF 0 §3.1. */
  avmPlus: 0x11,
} as const;

/** No value of a real program nests deeper; the stack of whoever reads or writes one is finite. */
export const MAX_AMF0_DEPTH = 64;

/** A reference is a u16 (AMF 0 §2.9), so no object past these could be referred to. */
export const MAX_AMF0_OBJECTS = 0x1_0000;

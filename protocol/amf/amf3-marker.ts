/** Type markers, AMF 3 §3.1. */
export const Amf3Marker = {
  undefined: 0x00,
  null: 0x01,
  false: 0x02,
  true: 0x03,
  integer: 0x04,
  double: 0x05,
  string: 0x06,
  xmlDocument: 0x07,
  date: 0x08,
  array: 0x09,
  object: 0x0a,
  xml: 0x0b,
  byteArray: 0x0c,
  vectorInt: 0x0d,
  vectorUint: 0x0e,
  vectorDouble: 0x0f,
  vectorObject: 0x10,
  dictionary: 0x11,
} as const;

/** No value of a real program nests deeper; the stack of whoever reads or writes one is finite. */
export const MAX_AMF3_DEPTH = 64;

/**
 * Two bytes open an object that takes fifty times that in memory: a message gets as many as AMF 0
 * could refer to.
 */
export const MAX_AMF3_OBJECTS = 0x1_0000;

import { Writer } from "../bytes/writer.ts";
import { Amf0WriteContext, writeAmf0 } from "./amf0-encode.ts";
import { writeAvmPlus } from "./amf3-encode.ts";
import type { AmfValue } from "./value.ts";

/**
 * The values as RTMP's messages of the AMF3 types hold them, RFC 7425 §5.3.3: in AMF0, of which
 * objects switch to AMF3. Throws TypeError or RangeError for what that cannot carry.
 */
export function encodeExtended(values: readonly AmfValue[]): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  const context = new Amf0WriteContext();
  for (const value of values) {
    if (typeof value === "object" && value !== null) writeAvmPlus(writer, value);
    else writeAmf0(writer, value, context);
  }
  return writer.finish();
}

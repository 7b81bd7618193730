import { inflateSync } from "node:zlib";
import { RtmfpError } from "../errors.ts";
import { type SwfFacts, swfFacts } from "../rtmp/swf-verification.ts";
import { plain } from "./plain.ts";
import { nodePrimitives } from "./primitives.ts";

/**
 * The facts of a SWF file: `FWS`, or `CWS` whose content behind 8 bytes is compressed. Throws
 * RtmfpError `PROTOCOL` for what is neither.
 */
export function readSwf(file: Uint8Array): SwfFacts {
  const kind = String.fromCharCode(...file.subarray(0, 3));
  if (kind === "FWS") return swfFacts(plain(Buffer.from(file)), nodePrimitives);
  if (kind !== "CWS") throw new RtmfpError("PROTOCOL", "not a SWF file (FWS or CWS)");
  const head = Uint8Array.from(file.subarray(0, HEAD_BYTES));
  head[0] = "F".charCodeAt(0);
  return swfFacts(plain(Buffer.concat([head, inflate(file.subarray(HEAD_BYTES))])), nodePrimitives);
}

function inflate(content: Uint8Array): Uint8Array {
  try {
    return inflateSync(content, { maxOutputLength: MAX_PROGRAM_BYTES });
  } catch (cause) {
    throw new RtmfpError("PROTOCOL", "not a SWF file: its content is broken", { cause });
  }
}

const HEAD_BYTES = 8;
const MAX_PROGRAM_BYTES = 268_435_456;

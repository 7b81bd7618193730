import { encodeAmf0 } from "../../protocol/amf/amf0-encode.ts";
import { type AmfObject, type AmfValue, isAmfObject } from "../../protocol/amf/value.ts";
import { Refusal } from "../refusal.ts";

/** What a peer says of itself with `describe`, for those that it is introduced to. Throws Refusal. */
export function readContact(value: AmfValue): AmfObject {
  if (!isAmfObject(value)) throw new Refusal("BAD_REQUEST", "a contact is an object");
  checkSize(value, "a contact");
  return value;
}

/** What a peer wants another one to be told with `signal`. Throws Refusal. */
export function readSignal(value: AmfValue): AmfValue {
  checkSize(value, "a signal");
  return value;
}

/** Throws Refusal. */
export function readPeerId(value: AmfValue): string {
  if (typeof value !== "string" || !PEER_ID.test(value)) {
    throw new Refusal("BAD_REQUEST", "a peer ID is 64 hexadecimal digits");
  }
  return value.toLowerCase();
}

function checkSize(value: AmfValue, what: string): void {
  if (sizeOf(value) <= MAX_BYTES) return;
  throw new Refusal("TOO_LARGE", `${what} has at most ${MAX_BYTES} bytes in AMF0`);
}

/** The server does not look into it, but it must be able to pass it on. */
function sizeOf(value: AmfValue): number {
  try {
    return encodeAmf0([value]).length;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new Refusal("BAD_REQUEST", "AMF0 cannot carry it");
  }
}

const PEER_ID = /^[0-9a-fA-F]{64}$/;
/** All candidates of a peer with many interfaces are half of it; a server keeps one for each peer. */
const MAX_BYTES = 4_096;

import { type AmfObject, type AmfValue, isAmfObject } from "../../protocol/amf/value.ts";
import { MalformedError } from "../../protocol/errors.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import { readAddresses } from "../sessions/acquaintance.ts";

/** What two peers tell each other, over the server, to connect over TCP. */
export type TcpSignal =
  /** "I have no UDP here: do not wait for it." */
  | { readonly type: "ask" }
  /** "I am here, where are you?", and the answer. */
  | {
      readonly type: "offer" | "answer";
      readonly attempt: number;
      readonly candidates: readonly Address[];
    }
  /** "Dial now: so do I, by the time that you hear this." */
  | { readonly type: "go"; readonly attempt: number };

/** As AMF carries it: `{ tcp: { type, attempt, candidates } }`. */
export function encodeTcpSignal(signal: TcpSignal): AmfObject {
  if (signal.type === "ask") return { tcp: { type: "ask" } };
  if (signal.type === "go") return { tcp: { type: "go", attempt: signal.attempt } };
  const { type, attempt, candidates } = signal;
  return { tcp: { type, attempt, candidates: candidates.map(formatAddress) } };
}

/** Is it one, well formed or not? Signals of other kinds have another key. */
export function isTcpSignal(value: AmfValue): value is AmfObject {
  return isAmfObject(value) && value.tcp !== undefined;
}

/** Candidates that make no sense are left out. Throws MalformedError. */
export function decodeTcpSignal(value: AmfValue): TcpSignal {
  const tcp = isAmfObject(value) ? value.tcp : undefined;
  if (!isAmfObject(tcp)) throw new MalformedError("not a signal");
  const { type, attempt } = tcp;
  if (type === "ask") return { type };
  if (type !== "offer" && type !== "answer" && type !== "go") {
    throw new MalformedError("an unknown signal");
  }
  if (typeof attempt !== "number" || !Number.isSafeInteger(attempt) || attempt < 0) {
    throw new MalformedError("not a number of an attempt");
  }
  if (type === "go") return { type, attempt };
  return { type, attempt, candidates: readAddresses(tcp.candidates, MAX_TCP_CANDIDATES) };
}

/** What a server saw, and a few interfaces with addresses of both families. */
export const MAX_TCP_CANDIDATES = 8;

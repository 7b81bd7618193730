import type { AnswerFrom } from "../../protocol/crypto/address-query.ts";
import type { Address } from "../../protocol/wire/address.ts";

/** Everything that two punching ends send and hear. */
export type PunchMessage =
  | { readonly type: "query"; readonly tag: number; readonly answerFrom: AnswerFrom }
  | { readonly type: "answer"; readonly tag: number; readonly observed: Address }
  | { readonly type: "probe" | "opener" | "reply" };

export function encodePunchMessage(message: PunchMessage): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

export function decodePunchMessage(bytes: Uint8Array): PunchMessage {
  return JSON.parse(new TextDecoder().decode(bytes)) as PunchMessage;
}

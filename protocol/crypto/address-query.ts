import { writeOption } from "../bytes/options.ts";
import { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";
import { optionsOf } from "./option-sequence.ts";

/**
 * From where an address query wants its answer: "same" socket as it was sent to, another "port" of the
 * same address, or another IP "address".
 */
export type AnswerFrom = "same" | "port" | "address";

/** What an address query wants. */
export interface AddressQuestion {
  readonly answerFrom: AnswerFrom;
  /**
   * The port, of the address that the question comes from, to which the answer goes: with it, one
   * socket finds out whether the mapping of another still lives. 0: that of the question.
   */
  readonly replyPort: number;
}

/**
 * The endpoint discriminator of a hello that asks a rendezvous server for nobody, but "where do you
 * see me?". The answer is a Redirect: first where the sender was seen (origin observed), then other
 * sockets of the server (origin reported; IP address 0.0.0.0 or :: stands for the one that was asked).
 * The question is as long as the longest answer, so that nobody can use the server to amplify.
 */
export function addressQuery(answerFrom: AnswerFrom, replyPort = 0): Uint8Array {
  const value = new Uint8Array(VALUE_BYTES);
  value[0] = ANSWERS.indexOf(answerFrom);
  value[1] = replyPort >> 8;
  value[2] = replyPort & 0xff;
  const writer = new Writer(VALUE_BYTES + 4);
  writeOption(writer, ADDRESS_QUERY, value);
  return writer.finish();
}

/** What an endpoint discriminator asks for in this way; undefined if it asks for something else. */
export function readAddressQuery(discriminator: Uint8Array): AddressQuestion | undefined {
  try {
    for (const { type, value } of optionsOf(discriminator)) {
      if (type !== ADDRESS_QUERY) return undefined;
      return value.length >= VALUE_BYTES ? questionOf(value) : undefined;
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
  }
  return undefined;
}

function questionOf([from = 0, high = 0, low = 0]: Uint8Array): AddressQuestion | undefined {
  const answerFrom = ANSWERS[from];
  return answerFrom && { answerFrom, replyPort: (high << 8) | low };
}

/** Other sockets that an answer may list: they and the sender's own address fit into the question. */
export const MAX_QUERY_SOCKETS = 3;

const ANSWERS: readonly AnswerFrom[] = ["same", "port", "address"];
/** An option type that nobody else uses. */
const ADDRESS_QUERY = 0x2a52;
/** Four IPv6 addresses with their ports and flags. */
const VALUE_BYTES = 4 * 19;

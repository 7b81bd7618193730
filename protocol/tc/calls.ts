import type { AmfValue } from "../amf/value.ts";
import { RtmfpError } from "../errors.ts";
import type { Command } from "./command.ts";
import { readStatus, type Status } from "./status.ts";

/** What a call came to: the values of `_result`, or the status of `_error`. */
export type Reply =
  | { readonly isResult: true; readonly object: AmfValue; readonly values: readonly AmfValue[] }
  | { readonly isResult: false; readonly status: Status; readonly values: readonly AmfValue[] };

export type OnReply = (reply: Reply, now: number) => void;

/** Calls that wait for their answer, by transaction ID. BOUNDED: MAX_CALLS. */
export class Calls {
  readonly #waiting = new Map<number, OnReply>();
  #nextId = 1;

  /** Answers the transaction ID. Throws `LIMIT` if too many calls wait already. */
  add(onReply: OnReply): number {
    if (this.#waiting.size >= MAX_CALLS) {
      throw new RtmfpError("LIMIT", "too many calls are waiting for their answers");
    }
    const id = this.#nextId;
    this.#nextId += 1;
    this.#waiting.set(id, onReply);
    return id;
  }

  /** The answer does not matter any more. */
  forget(transactionId: number): void {
    this.#waiting.delete(transactionId);
  }

  /** Takes a `_result` or `_error`; one that nobody waits for is ignored. */
  settle(command: Command, now: number): void {
    const { transactionId, object, args } = command;
    const onReply = this.#waiting.get(transactionId);
    this.#waiting.delete(transactionId);
    if (command.name === "_result") {
      onReply?.({ isResult: true, object, values: args }, now);
      return;
    }
    const status = readStatus([object, ...args]) ?? UNEXPLAINED;
    onReply?.({ isResult: false, status, values: args }, now);
  }

  /** The connection is gone: nobody will answer. */
  failAll(now: number): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const onReply of waiting) onReply({ isResult: false, status: CLOSED, values: [] }, now);
  }
}

const UNEXPLAINED: Status = {
  level: "error",
  code: "NetConnection.Call.Failed",
  description: "the far end gave no reason",
};
/** How `failAll` answers. */
export const CLOSED: Status = {
  level: "error",
  code: "NetConnection.Connect.Closed",
  description: "the connection is closed",
};
const MAX_CALLS = 1_024;

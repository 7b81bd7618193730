import type { AmfValue } from "../protocol/amf/value.ts";
import { RtmfpError } from "../protocol/errors.ts";
import type { Reply } from "../protocol/tc/calls.ts";
import type { Command } from "../protocol/tc/command.ts";
import type { NetConnection } from "../protocol/tc/net-connection.ts";
import { failure } from "../protocol/tc/status.ts";
import type { WaitOptions } from "./options.ts";
import { wait } from "./wait.ts";

type Turn = <Value>(change: (now: number) => Value) => Value;

/** What a procedure answers or throws becomes the caller's result or error. */
export type Procedure<Caller> = (
  caller: Caller,
  ...args: readonly AmfValue[]
) => AmfValue | Promise<AmfValue> | undefined;

/**
 * Calls a procedure at the far end of a connection. Rejects with `CALL_FAILED` if it throws there or
 * does not exist, `CLOSED` if the connection ends first.
 */
export function callProcedure(
  net: NetConnection,
  turn: Turn,
  name: string,
  args: readonly AmfValue[],
  options: WaitOptions,
): Promise<AmfValue> {
  return wait(options, (resolve, reject) => {
    const onReply = (reply: Reply): void => {
      if (reply.isResult) resolve(reply.values[0]);
      else if (net.isEnded) reject(new RtmfpError("CLOSED", "the connection ended"));
      else reject(new RtmfpError("CALL_FAILED", reply.status.description || reply.status.code));
    };
    return turn((now) => net.call(name, args, onReply, now));
  });
}

/** Runs a procedure for the far end's command and sends the answer when it is there. */
export function answerCall<Caller>(
  net: NetConnection,
  turn: Turn,
  command: Command,
  procedure: Procedure<Caller>,
  caller: Caller,
): void {
  const run = async (): Promise<AmfValue> => (await procedure(caller, ...command.args)) as AmfValue;
  run().then(
    (value) => turn((now) => net.result(command, null, [value], now)),
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      turn((now) => net.error(command, failure("NetConnection.Call.Failed", reason), now));
    },
  );
}

import type { AmfValue } from "../../protocol/amf/value.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Reply } from "../../protocol/tc/calls.ts";
import type { Command } from "../../protocol/tc/command.ts";
import type { NetConnection } from "../../protocol/tc/net-connection.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";
import type { WaitOptions } from "../options.ts";
import type { Turn } from "../turn.ts";
import { wait } from "../wait.ts";

/** What a procedure answers or throws becomes the caller's result or error. */
export type Procedure<Caller> = (
  caller: Caller,
  ...args: readonly AmfValue[]
) => AmfValue | Promise<AmfValue> | undefined;

/**
 * Calls a procedure at the far end of a connection. Rejects with `CALL_FAILED` if it throws there or
 * does not exist, `CLOSED` if the connection ends first, `LIMIT` if too many calls wait already, and
 * TypeError or RangeError if AMF cannot carry the arguments.
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

/** Answers what one far end calls. */
export class Callee<Caller> {
  readonly #procedures: ReadonlyMap<string, Procedure<Caller>>;
  readonly #turn: Turn;
  readonly #caller: Caller;
  /** Calls whose procedures have not answered yet. BOUNDED: MAX_RUNNING. */
  #running = 0;

  constructor(procedures: ReadonlyMap<string, Procedure<Caller>>, turn: Turn, caller: Caller) {
    this.#procedures = procedures;
    this.#turn = turn;
    this.#caller = caller;
  }

  /** Runs the procedure and sends the answer on `net` when it is there. */
  onCommand(net: NetConnection, command: Command, now: number): void {
    const procedure = this.#procedures.get(command.name);
    if (!procedure) net.unknown(command, now);
    else if (this.#running >= MAX_RUNNING) net.error(command, failed(BUSY), now);
    else this.#run(net, command, procedure);
  }

  #run(net: NetConnection, command: Command, procedure: Procedure<Caller>): void {
    this.#running += 1;
    const answer = (send: (now: number) => void): void => {
      this.#running -= 1;
      this.#turn(send);
    };
    const run = async (): Promise<AmfValue> =>
      (await procedure(this.#caller, ...command.args)) as AmfValue;
    run().then(
      (value) => answer((now) => sendResult(net, command, value, now)),
      (error: unknown) => answer((now) => net.error(command, failed(reasonOf(error)), now)),
    );
  }
}

/** An answer that AMF cannot carry is the procedure's fault, and the caller must not wait for it. */
function sendResult(net: NetConnection, command: Command, value: AmfValue, now: number): void {
  try {
    net.result(command, null, [value], now);
  } catch (error) {
    net.error(command, failed(reasonOf(error)), now);
  }
}

function failed(reason: string): Status {
  return failure("NetConnection.Call.Failed", reason);
}

/** Not every value can be made a text: an AMF object has no `toString`. */
function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : "the procedure failed";
}

/** Of one far end: as many as it may wait for on one connection. */
const MAX_RUNNING = 1_024;
const BUSY = "too many calls are running";

import { Peer } from "../../peer/peer.ts";
import type { PeerSession } from "../../peer/sessions/peer-session.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import type { OptionValues } from "../options.ts";
import type { Output } from "../output.ts";
import { checkUrl, wayOf } from "../reach.ts";
import { pause } from "../waiting.ts";

const options = {
  rendezvous: {
    type: "string",
    value: "URL",
    help: "server, rtmfp://host[:port]/app",
    default: "rtmfp://127.0.0.1/chat",
  },
  count: { type: "number", value: "N", help: "pings to send", default: 10, range: [1, 1_000_000] },
  interval: {
    type: "number",
    value: "SECONDS",
    help: "between two pings",
    default: 1,
    range: [0.1, 3_600],
  },
  timeout: {
    type: "number",
    value: "SECONDS",
    help: "how long to try to connect to the server, or to reach the peer",
    default: 15,
    range: [0.1, 3_600],
  },
  token: { type: "string", value: "TOKEN", help: "shown to the server" },
  transport: {
    type: "string",
    value: "HOW",
    choices: ["auto", "udp", "tcp"],
    help: "how to reach the server: auto, udp or tcp",
    default: "auto",
  },
  json: { type: "boolean", help: "one JSON object a line instead of text" },
} as const;

type Values = OptionValues<typeof options>;

/** Asks another peer over a session whether it is there, until the count or Ctrl-C. */
export const pingCommand: Command<typeof options> = {
  name: "ping",
  summary: "opens a session to a peer and shows its path, round trips and losses",
  options,
  operand: { value: "PEERID", help: "64 hexadecimal digits, as `rtmfp peer` prints them" },
  run: runPing,
};

async function runPing(values: Values, context: CommandContext): Promise<void> {
  const { rendezvous, token, transport, timeout } = values;
  const { operand: peerId, output, signal } = context;
  checkUrl(rendezvous);
  if (!/^[0-9a-f]{64}$/.test(peerId)) throw new UsageError(`PEERID: not a peer ID: ${peerId}`);
  if (!Number.isInteger(values.count)) throw new UsageError(`--count: ${values.count} is no count`);
  output.event("connecting", { rendezvous }, `connecting to ${rendezvous} …`);
  const connectTimeoutMs = timeout * 1_000;
  const peer = await Peer.connect(rendezvous, {
    token,
    transport,
    signal,
    connectTimeoutMs,
    portMapping: false,
  });
  try {
    output.event("opening", { peerId }, `opening a session to ${peerId} …`);
    const session = await peer.session(peerId, { signal });
    tellPaths(session, output);
    await pingAll(session, values, output, signal);
  } finally {
    await peer.close();
  }
}

function tellPaths(session: PeerSession, output: Output): void {
  const { peerId } = session;
  const tell = ({ path }: PeerSession): void => {
    output.event("path", { peerId, ...path }, `path: ${wayOf(path)}`);
  };
  tell(session);
  session.on("path", () => tell(session));
}

/** Rejects with `TIMEOUT` if none was answered. */
async function pingAll(
  session: PeerSession,
  { count, interval }: Values,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const tally = new Tally();
  try {
    const pings: Promise<void>[] = [];
    for (let number = 1; number <= count && session.isOpen; number += 1) {
      pings.push(pingOnce(session, number, tally, output, signal));
      if (number < count) await pause(interval * 1_000, signal);
    }
    await Promise.all(pings);
  } finally {
    tally.tell(session.peerId, output);
  }
  signal.throwIfAborted();
  if (tally.answered === 0) {
    throw new RtmfpError("TIMEOUT", `${session.peerId} answered no ping`);
  }
}

/** Never rejects: a ping that is not answered counts as lost. */
async function pingOnce(
  session: PeerSession,
  number: number,
  tally: Tally,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { peerId } = session;
  const { kind, address } = session.path;
  const where = { peerId, number, kind, address };
  const name = `${String(number).padStart(3)}  ${wayOf(session.path)}  `;
  try {
    const rttMs = await session.ping({ signal });
    tally.add(rttMs);
    output.event("ping", { ...where, rttMs }, `${name}${rttMs.toFixed(1)} ms`);
  } catch {
    if (signal.aborted) return;
    tally.add(undefined);
    output.event("ping", { ...where, rttMs: null }, `${name}no answer`);
  }
}

/** What became of the pings. */
class Tally {
  readonly #roundTripsMs: number[] = [];
  #sent = 0;

  get answered(): number {
    return this.#roundTripsMs.length;
  }

  /** Undefined: lost. */
  add(roundTripMs: number | undefined): void {
    this.#sent += 1;
    if (roundTripMs !== undefined) this.#roundTripsMs.push(roundTripMs);
  }

  tell(peerId: string, output: Output): void {
    const sorted = this.#roundTripsMs.toSorted((one, other) => one - other);
    const [sent, answered] = [this.#sent, sorted.length];
    if (sent === 0) return;
    const loss = (sent - answered) / sent;
    const [minMs, maxMs] = [sorted[0], sorted.at(-1)];
    const medianMs = sorted[(answered - 1) >> 1];
    const counts = `${sent} pings, ${answered} answered, ${Math.round(loss * 100)} % lost`;
    const times = [minMs, medianMs, maxMs].map((ms) => ms?.toFixed(1) ?? "?").join(" / ");
    const text = answered === 0 ? counts : `${counts}; min / median / max ${times} ms`;
    const figures = { minMs: minMs ?? null, medianMs: medianMs ?? null, maxMs: maxMs ?? null };
    output.event("summary", { peerId, sent, answered, loss, ...figures }, text);
  }
}

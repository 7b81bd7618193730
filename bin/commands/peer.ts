import { Gateway } from "../../peer/gateway/gateway.ts";
import { Peer } from "../../peer/peer.ts";
import { PeerStreams } from "../../peer/streams/peer-streams.ts";
import type { StoredIdentity } from "../../protocol/crypto/stored-identity.ts";
import { messageOf } from "../../protocol/errors.ts";
import { formatAddress } from "../../protocol/wire/address.ts";
import { parseAddress } from "../address.ts";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import { keepIdentity } from "../identity-file.ts";
import type { OptionValues } from "../options.ts";
import type { Output } from "../output.ts";
import { checkUrl } from "../reach.ts";
import { StreamsToCome } from "../streams-to-come.ts";
import { untilAborted } from "../waiting.ts";
import { tellDecisions, tellReady, tellServer, tellSessions, tellStats } from "./peer-events.ts";
import { pairForEver } from "./peer-pairing.ts";

const options = {
  rendezvous: {
    type: "string",
    value: "URL",
    help: "server, rtmfp://host[:port]/app",
    default: "rtmfp://127.0.0.1/chat",
  },
  rtmp: {
    type: "string",
    value: "HOST:PORT",
    help: "gateway for OBS, ffmpeg and players, port 0 for any",
    default: "127.0.0.1:1936",
  },
  pair: { type: "boolean", help: "be paired with strangers, one after another" },
  tags: { type: "list", value: "A,B", help: "only with strangers who share one of these tags" },
  identity: {
    type: "string",
    value: "FILE",
    help: "keep this peer's identity (and so its peer ID) in a file",
  },
  token: { type: "string", value: "TOKEN", help: "shown to the server" },
  transport: {
    type: "string",
    value: "HOW",
    choices: ["auto", "udp", "tcp"],
    help: "how to reach the server: auto, udp or tcp",
    default: "auto",
  },
  compat: {
    type: "string",
    value: "WHOM",
    choices: ["flash"],
    help: "flash: talk to servers and peers that know only what Flash did, such as MonaServer",
  },
  "no-port-mapping": { type: "boolean", help: "do not ask the router for a UDP port" },
  timeout: {
    type: "number",
    value: "SECONDS",
    help: "how long to try to connect to the server, or to reach a peer",
    default: 15,
    range: [0.1, 3_600],
  },
  stats: {
    type: "number",
    value: "SECONDS",
    help: "tell every so often what was carried",
    range: [0, 86_400],
  },
  debug: { type: "boolean", help: "tell what is decided about paths to other peers, and why" },
  json: { type: "boolean", help: "one JSON object a line instead of text" },
} as const;

type Values = OptionValues<typeof options>;

/** What local programs connect to. */
interface Front {
  readonly gateway: Gateway;
  readonly streams: StreamsToCome;
}

/** A peer with its gateway, until Ctrl-C. */
export const peerCommand: Command<typeof options> = {
  name: "peer",
  summary: "a peer, with a local RTMP gateway for OBS, ffmpeg and any player",
  options,
  notes: [
    "On the gateway:",
    "  rtmp://HOST:PORT/local/NAME     publish here; other peers can play it",
    "  rtmp://HOST:PORT/pair/NAME      play what the current partner publishes",
    "  rtmp://HOST:PORT/PEERID/NAME    play what that peer publishes",
    "  rtmp://HOST:PORT/server/NAME    publish to, or play from, the server itself",
  ].join("\n"),
  run: runPeer,
};

async function runPeer(values: Values, { output, signal }: CommandContext): Promise<void> {
  const rtmp = parseAddress("rtmp", values.rtmp, "127.0.0.1");
  if (values.tags.length > 0 && !values.pair) {
    throw new UsageError("--tags: only with --pair, which meets those who share a tag");
  }
  checkUrl(values.rendezvous);
  const file = values.identity;
  const identity = file === undefined ? undefined : await keepIdentity(file);
  // A port that is taken is better known before the server is asked.
  const streams = new StreamsToCome();
  const onFault = (error: unknown): void => {
    output.error("FAULT", `the connection of a program was ended: ${messageOf(error)}`);
  };
  const gateway = await Gateway.listen({ rtmp, streams, limits: { onFault } });
  try {
    const peer = await connect(values, identity, output, signal);
    try {
      await runWith(peer, { gateway, streams }, values, output, signal);
    } finally {
      await gateway.close();
      await peer.close();
    }
  } finally {
    await gateway.close();
  }
}

async function runWith(
  peer: Peer,
  { gateway, streams: streamsToCome }: Front,
  values: Values,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  tellServer(peer, values.rendezvous, output, signal);
  tellSessions(peer, output);
  if (values.debug) tellDecisions(peer, output);
  const streams = new PeerStreams(peer);
  streamsToCome.come(streams);
  tellReady(peer, formatAddress(gateway.address), output);
  await Promise.all([
    values.pair ? pairForEver(peer, streams, values.tags, output, signal) : untilAborted(signal),
    values.stats ? tellStats(peer, values.stats, output, signal) : untilAborted(signal),
  ]);
}

async function connect(
  values: Values,
  identity: StoredIdentity | undefined,
  output: Output,
  signal: AbortSignal,
): Promise<Peer> {
  const { rendezvous, token, transport, compat, timeout } = values;
  output.event("connecting", { rendezvous }, `connecting to ${rendezvous} …`);
  const connectTimeoutMs = timeout * 1_000;
  const portMapping = !values["no-port-mapping"];
  const how = { transport, compat, portMapping, connectTimeoutMs };
  return Peer.connect(rendezvous, { identity, token, signal, ...how });
}

import { setInterval } from "node:timers/promises";
import { Gateway } from "../../peer/gateway/gateway.ts";
import { Peer } from "../../peer/peer.ts";
import type { PeerSession } from "../../peer/peer-session.ts";
import { PeerStreams } from "../../peer/peer-streams.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import { formatAddress } from "../../protocol/wire/address.ts";
import { parseAddress } from "../address.ts";
import type { Command, CommandContext } from "../command.ts";
import { readIdentityFile, writeIdentityFile } from "../identity-file.ts";
import type { OptionValues } from "../options.ts";
import type { EventFields, Output } from "../output.ts";
import { untilAborted } from "../until-aborted.ts";

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
  stats: { type: "number", value: "SECONDS", help: "tell every so often what was carried" },
  json: { type: "boolean", help: "one JSON object a line instead of text" },
} as const;

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

async function runPeer(
  values: OptionValues<typeof options>,
  { output, signal }: CommandContext,
): Promise<void> {
  const rtmp = parseAddress("rtmp", values.rtmp, "127.0.0.1");
  const peer = await connect(values, output, signal);
  try {
    const streams = new PeerStreams(peer);
    const gateway = await Gateway.listen({ rtmp, streams });
    try {
      announce(peer, formatAddress(gateway.address), output);
      const ended = new AbortController();
      peer.once("disconnected", () =>
        ended.abort(new RtmfpError("CLOSED", "the connection to the server ended")),
      );
      const both = AbortSignal.any([signal, ended.signal]);
      await Promise.all([
        values.pair ? pairForEver(peer, streams, values.tags, output, both) : untilAborted(both),
        values.stats ? tellStats(peer, values.stats, output, both) : untilAborted(both),
      ]);
    } finally {
      await gateway.close();
    }
  } finally {
    await peer.close();
  }
}

async function connect(
  values: OptionValues<typeof options>,
  output: Output,
  signal: AbortSignal,
): Promise<Peer> {
  const { rendezvous, token, identity: file } = values;
  const identity = file === undefined ? undefined : await readIdentityFile(file);
  output.event("connecting", { rendezvous }, `connecting to ${rendezvous} …`);
  const peer = await Peer.connect(rendezvous, { identity, token, signal });
  if (file !== undefined && identity === undefined) await writeIdentityFile(file, peer.identity);
  return peer;
}

function announce(peer: Peer, gateway: string, output: Output): void {
  const text = [
    `peer ${peer.id}`,
    `publish   ffmpeg -re -i clip.flv -c copy -f flv rtmp://${gateway}/local/cam`,
    `play      ffplay rtmp://${gateway}/pair/cam`,
  ].join("\n");
  output.event("ready", { peerId: peer.id, rtmp: [gateway] }, text);
  peer.on("session", (session) => {
    const { path, peerId } = session;
    const { kind, address, rttMs } = path;
    output.event(
      "path",
      { peerId, kind, address, rttMs },
      `session with ${peerId.slice(0, 12)} … ${kind}, ${address}`,
    );
    session.once("closed", (error) => {
      const reason = error?.message ?? "closed";
      output.event("ended", { peerId, reason }, `session with ${peerId.slice(0, 12)} … ${reason}`);
    });
  });
}

async function pairForEver(
  peer: Peer,
  streams: PeerStreams,
  tags: readonly string[],
  output: Output,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    output.event("waiting", { tags }, "waiting for a stranger …");
    let session: PeerSession;
    try {
      session = await peer.pair({ tags, signal });
    } catch (error) {
      const isUnreachable = error instanceof RtmfpError && error.code === "TIMEOUT";
      if (!isUnreachable) throw error;
      output.event("error", { code: error.code, message: error.message }, error.message);
      continue;
    }
    const { peerId } = session;
    const initiator = session.isInitiator;
    output.event("paired", { peerId, initiator }, `paired with ${peerId}`);
    streams.setPartner(session);
    await untilClosed(session, signal);
    streams.setPartner(undefined);
  }
}

async function tellStats(
  peer: Peer,
  seconds: number,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  try {
    const periodMs = Math.max(MIN_STATS_MS, seconds * 1_000);
    for await (const _ of setInterval(periodMs, undefined, { signal })) {
      output.event("stats", ...statsOf(peer));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

function statsOf(peer: Peer): [fields: EventFields, text: string] {
  const server = peer.server.session.stats;
  const peers = peer.sessions.map(({ peerId, path, stats }) => ({ peerId, ...path, ...stats }));
  const lines = peers.map(
    ({ peerId, sentBytes, receivedBytes, rttMs }) =>
      `${peerId.slice(0, 12)} sent ${sentBytes} B, received ${receivedBytes} B, rtt ${rttMs ?? "?"} ms`,
  );
  return [{ server, peers }, lines.join("\n") || "no sessions"];
}

function untilClosed(session: PeerSession, signal: AbortSignal): Promise<void> {
  if (!session.isOpen) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    session.once("closed", () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
  });
}

const MIN_STATS_MS = 100;

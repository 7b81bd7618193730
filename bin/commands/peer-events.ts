import type { Peer } from "../../peer/peer.ts";
import type { EventFields, Output } from "../output.ts";
import { wayOf } from "../reach.ts";
import { pause } from "../waiting.ts";

/** The peer is connected, and its gateway listens at `gateway`. */
export function tellReady(peer: Peer, gateway: string, output: Output): void {
  const text = [
    `peer ${peer.id}`,
    `publish   ffmpeg -re -i clip.flv -c copy -f flv rtmp://${gateway}/local/cam`,
    `play      ffplay rtmp://${gateway}/pair/cam`,
  ].join("\n");
  output.event("ready", { peerId: peer.id, rtmp: [gateway] }, text);
}

/** Sessions with other peers, as they come and go. */
export function tellSessions(peer: Peer, output: Output): void {
  peer.on("session", (session) => {
    const { path, peerId } = session;
    const name = `session with ${peerId.slice(0, 12)} …`;
    output.event("path", { peerId, ...path }, `${name} ${wayOf(path)}`);
    session.on("path", (path) => {
      output.event("path", { peerId, ...path }, `${name} ${wayOf(path)}`);
    });
    session.once("closed", (error) => {
      const reason = error?.message ?? "closed";
      output.event("ended", { peerId, reason }, `${name} ${reason}`);
    });
  });
}

/** What was decided about paths, as it happens. */
export function tellDecisions(peer: Peer, output: Output): void {
  output.event("debug", { what: `NAT: ${JSON.stringify(peer.nat)}` });
  peer.on("debug", (what) => output.event("debug", { what }, `debug: ${what}`));
}

/** Every so many seconds, until the signal aborts. */
export async function tellStats(
  peer: Peer,
  seconds: number,
  output: Output,
  signal: AbortSignal,
): Promise<never> {
  const periodMs = Math.max(MIN_PERIOD_MS, seconds * 1_000);
  for (;;) {
    await pause(periodMs, signal);
    output.event("stats", ...statsOf(peer));
  }
}

function statsOf(peer: Peer): [fields: EventFields, text: string] {
  const server = peer.server.session?.stats ?? null;
  const peers = peer.sessions.map(({ peerId, path, stats }) => ({ peerId, ...path, ...stats }));
  const lines = peers.map(
    ({ peerId, sentBytes, receivedBytes, rttMs }) =>
      `${peerId.slice(0, 12)} … sent ${sentBytes} B, received ${receivedBytes} B, round trip ${rttMs?.toFixed(1) ?? "?"} ms`,
  );
  return [{ server, peers }, lines.join("\n") || "no sessions"];
}

const MIN_PERIOD_MS = 100;

import { once } from "node:events";
import type { Peer } from "../../peer/peer.ts";
import type { PeerSession } from "../../peer/sessions/peer-session.ts";
import type { PeerStreams } from "../../peer/streams/peer-streams.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Output } from "../output.ts";
import { pause } from "../waiting.ts";

/** Meets strangers, one after another, until the signal aborts. */
export async function pairForEver(
  peer: Peer,
  streams: PeerStreams,
  tags: readonly string[],
  output: Output,
  signal: AbortSignal,
): Promise<never> {
  for (let isFirst = true; ; isFirst = false) {
    output.event("waiting", { tags }, "waiting for a stranger …");
    const pace = performance.now() + PACE_MS;
    try {
      await meet(await peer.pair({ tags, signal }), streams, output, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!peer.server.isOpen) {
        await untilReconnected(peer, signal);
        continue;
      }
      const isRefused = error instanceof RtmfpError && error.code === "CALL_FAILED" && isFirst;
      if (!(error instanceof RtmfpError) || isRefused) throw error;
      // Whatever went wrong with one stranger, or in line: there are others.
      output.error(error.code, error.message);
    }
    await pause(Math.max(0, pace - performance.now()), signal);
  }
}

/** Until the session ends. */
async function meet(
  session: PeerSession,
  streams: PeerStreams,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const { peerId, isInitiator: initiator } = session;
  output.event("paired", { peerId, initiator }, `paired with ${peerId}`);
  streams.setPartner(session);
  await untilClosed(session, signal);
  streams.setPartner(undefined);
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

/** While there is no server, nobody can be met. */
function untilReconnected(peer: Peer, signal: AbortSignal): Promise<unknown> {
  return once(peer, "reconnected", { signal }).catch(() => signal.throwIfAborted());
}

/** Strangers who leave at once must not make us stand in line more often than servers allow. */
const PACE_MS = 1_000;

import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer } from "../../peer/index.ts";
import { nodePlatform, type PeerPlatform } from "../../peer/platform.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { ConnectRtmp } from "../../protocol/node/connect-rtmp.ts";
import { connectRtmp } from "../../protocol/node/connect-rtmp.ts";
import { createLogger, Rendezvous } from "../../rendezvous/index.ts";

/** A network that lets nothing out but what starts with this scheme. */
function onlyBy(scheme: string, used: Set<string>): PeerPlatform {
  const connect: ConnectRtmp = async (url, accept, options) => {
    if (!url.startsWith(`${scheme}://`)) throw new RtmfpError("UNREACHABLE", "blocked");
    used.add(url.replace(/:\d+/, ""));
    return connectRtmp(url, accept, options);
  };
  return { ...nodePlatform, connectRtmp: connect };
}

test("peers behind networks without UDP, over RTMP and over RTMPT, are paired and talk", async (t) => {
  const server = await Rendezvous.listen({
    rtmfp: "127.0.0.1:0",
    rtmp: "127.0.0.1:0",
    logger: createLogger("silent"),
  });
  t.after(() => server.close());
  const url = `rtmfp://${server.addresses.rtmp[0]}/chat`;
  const used = new Set<string>();
  const peers = await Promise.all(
    ["rtmp", "rtmpt"].map((scheme) =>
      Peer.connect(url, { transport: "tcp", platform: onlyBy(scheme, used) }),
    ),
  );
  t.after(() => Promise.all(peers.map((peer) => peer.close())));
  for (const peer of peers) peer.handle("echo", (_, text) => `${peer.id}: ${String(text)}`);
  const sessions = await Promise.all(peers.map((peer) => peer.pair()));
  for (const session of sessions) {
    assert.equal(session.path.kind, "relay");
    assert.equal(await session.call("echo", ["hello"]), `${session.peerId}: hello`);
  }
  const wanted = ["chat", "relay"].flatMap((app) => [
    `rtmp://127.0.0.1/${app}`,
    `rtmpt://127.0.0.1/${app}`,
  ]);
  assert.deepEqual(used, new Set(wanted));
  assert.equal(server.status.counts.faults, 0);
});

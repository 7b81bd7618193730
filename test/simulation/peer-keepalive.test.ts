import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerOptions } from "../../peer/options.ts";
import { LabChat } from "../support/lab-chat.ts";

/** Datagrams in a minute, from a peer to the server, and to another one; all of them idle. */
async function chatter(
  keepalive: { serverMs: number; peerMs: number } | undefined,
  options: PeerOptions = {},
): Promise<{ server: number; peer: number }> {
  // Without jitter both ends would ask at the very same time.
  const chat = await LabChat.start(1, { jitterMs: 5 }, { keepalive });
  const { near } = await chat.met(options);
  await chat.lab.advance(1_000);
  const count = { server: 0, peer: 0 };
  chat.lab.tap(({ fate, datagram: { from, to } }) => {
    if (fate !== "sent" || from.ip !== "10.0.1.1") return;
    count[to.ip === "10.0.0.1" ? "server" : "peer"] += 1;
  });
  await chat.lab.advance(60_000);
  assert.ok(near.isOpen);
  await chat.close();
  return count;
}

test("RFC 7425 §5.3.4 a peer's sessions are as patient as the server advises, those with peers too", async () => {
  const usual = await chatter(undefined);
  const rare = await chatter({ serverMs: 5_000, peerMs: 50_000 });
  const often = await chatter({ serverMs: 50_000, peerMs: 5_000 });
  assert.ok(rare.peer * 2 < usual.peer && usual.peer * 1.5 < often.peer, "with peers");
  assert.ok(often.server < usual.server && usual.server < rare.server, "with the server");
});

test("RFC 7425 §5.3.4 whoever chose a keepalive keeps it: the server only advises", async () => {
  const advised = await chatter({ serverMs: 50_000, peerMs: 50_000 }, { keepaliveMs: 10_000 });
  assert.deepEqual(advised, await chatter(undefined));
});

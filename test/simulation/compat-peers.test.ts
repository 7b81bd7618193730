import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer, type PeerSession } from "../../peer/index.ts";
import { LabChat } from "../support/lab-chat.ts";

test('a compat: "flash" peer and others meet on one server, and talk to each other both ways', async () => {
  const chat = await LabChat.start(1);
  const ours = await chat.peer();
  const strict = await chat.peer();
  const flash = await chat.peer({ compat: "flash" });
  const another = await chat.peer({ compat: "flash" });
  const { certificate } = flash.identity;
  assert.match(certificate, /^81021d02(?:..){128}$/);
  for (const peer of [ours, strict, flash, another])
    peer.handle("double", (_, value) => Number(value) * 2);
  const sessions: PeerSession[] = [];
  for (const [from, to] of [
    [ours, flash],
    [ours, strict],
    [another, ours],
    [strict, another],
    [flash, another],
  ] as const) {
    sessions.push(await chat.lab.complete(from.session(to.id), 60_000));
  }
  for (const session of sessions) {
    assert.equal(await chat.lab.complete(session.call("double", [21]), 60_000), 42);
  }
  await chat.close();
});

test('a compat: "flash" peer takes no identity that says more than a key of group 2', async () => {
  const chat = await LabChat.start(1);
  const { identity } = await chat.peer();
  const again = Peer.connect("rtmfp://10.0.0.1/chat", { identity, compat: "flash" });
  await assert.rejects(again, /RangeError: compat/);
  const unknown = Peer.connect("rtmfp://10.0.0.1/chat", { compat: "cirrus" as "flash" });
  await assert.rejects(unknown, /RangeError: compat/);
  await chat.close();
});

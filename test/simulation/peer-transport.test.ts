import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer } from "../../peer/index.ts";
import { labConnectRtmp } from "../lab/node/rtmp.ts";
import { platformOf } from "../support/lab-chat.ts";
import { RelayLab } from "../support/relay-lab.ts";
import { withoutUdp } from "../support/without-udp.ts";

test("with UDP, TCP is not asked", async () => {
  const world = await RelayLab.start(1);
  const { peer } = await world.guest();
  assert.ok(peer.server.session);
  await world.lab.advance(5_000);
  assert.equal(world.sockets.size, 0);
  await world.close();
});

test("without UDP, TCP is asked after a second and a half, and the peer is the same", async () => {
  const world = await RelayLab.start(2);
  const { peer } = await world.guest(false);
  assert.equal(peer.server.session, undefined);
  assert.ok(world.lab.now > 1_500 && world.lab.now < 1_900, `${world.lab.now} ms`);
  const [status] = world.server.status.peers;
  assert.deepEqual([status?.id, status?.app], [peer.id, "chat"]);
  await world.close();
});

test('transport: "tcp" does not wait, "udp" waits in vain', async () => {
  const world = await RelayLab.start(3);
  const { peer } = await world.guest(true, { transport: "tcp" });
  assert.ok(world.lab.now < 400, `${world.lab.now} ms`);
  assert.deepEqual([peer.server.session, peer.addresses], [undefined, []]);
  const options = { transport: "udp", connectTimeoutMs: 3_000 } as const;
  await assert.rejects(world.guest(false, options), { code: "TIMEOUT" });
  await world.close();
});

test("neither gets through: TIMEOUT, and nothing stays open", async () => {
  const world = await RelayLab.start(4);
  const host = world.lab.host("10.0.9.1");
  const platform = {
    ...platformOf(host),
    io: withoutUdp(host.io),
    connectRtmp: labConnectRtmp(host),
  };
  const connecting = Peer.connect("rtmfp://10.0.9.9/chat", { platform, connectTimeoutMs: 8_000 });
  await assert.rejects(world.lab.complete(connecting, 10_000), { code: "TIMEOUT" });
  await world.close();
});

test("over TCP, the server's end is the end: disconnected, once", async () => {
  const world = await RelayLab.start(5);
  const { peer } = await world.guest(false);
  const ends: unknown[] = [];
  peer.on("disconnected", (error) => ends.push(error));
  const waiting = assert.rejects(peer.pair(), { code: "CLOSED" });
  await world.lab.advance(1_000);
  for (const socket of world.sockets) socket.close();
  await world.lab.complete(waiting, 5_000);
  assert.equal(ends.length, 1);
  await world.close();
});

test("over TCP, streams of the server work as over UDP", async () => {
  const world = await RelayLab.start(6);
  const [ada, bob] = [await world.guest(false), await world.guest()];
  const publication = await world.lab.complete(ada.peer.server.publish("cam"), 5_000);
  const played = bob.peer.server.play("cam");
  const first = played.next();
  await world.lab.advance(500);
  publication.video(0, Uint8Array.of(0x17, 1, 0, 0, 0, 9));
  const { value } = await world.lab.complete(first, 5_000);
  assert.equal(value?.type, "video");
  await world.lab.complete(played.return(), 5_000);
  await world.close();
});

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeIo } from "../../protocol/node/io.ts";
import { Rendezvous } from "../../rendezvous/index.ts";
import { RendezvousClient } from "../support/rendezvous-client.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { clip, play, publish } from "../support/rendezvous-streams.ts";
import { RtmpCaller } from "../support/rtmp-caller.ts";
import { Client } from "../support/tc-stand.ts";

async function serve(t: TestContext): Promise<{ server: Rendezvous; url: string }> {
  const here = "127.0.0.1:0";
  const options = { rtmfp: here, rtmp: here, logger: silent, graceMs: 100 };
  const server = await Rendezvous.listen(options);
  t.after(() => server.close());
  return { server, url: `rtmp://${server.addresses.rtmp[0]}` };
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("waited for 5 s");
    await sleep(5);
  }
}

/** An RTMFP client of the server in application "live". */
async function peerOf(t: TestContext, server: Rendezvous): Promise<RendezvousClient> {
  const client = await new RendezvousClient(nodeIo, 0).listen("127.0.0.1");
  t.after(() => client.driver.close(100));
  const port = Number(server.addresses.rtmfp[0]?.split(":").at(-1));
  client.connect({ ip: "127.0.0.1", port }, "live");
  await until(() => server.status.counts.peers === 1);
  return client;
}

test("what an RTMP client publishes, RTMP and RTMFP clients play", async (t) => {
  const { server, url } = await serve(t);
  const publisher = await RtmpCaller.dial(url, "live");
  const player = await RtmpCaller.dial(url, "live");
  const elsewhere = await RtmpCaller.dial(url, "other");
  t.after(() => Promise.all([publisher.close(), player.close(), elsewhere.close()]));
  const played = await player.play("cam");
  const notThere = await elsewhere.play("cam");
  const viaRtmfp = play(await peerOf(t, server), "cam");
  const [send, published] = await publisher.publish("cam");
  await until(() => published.codes.includes("Publish.Start"));
  for (const message of [clip.videoHeader, clip.keyframe(0), clip.inter(40)]) send(message);
  await until(() => played.media.length === 3);
  await until(() => viaRtmfp.media.at(-1)?.startsWith("video 39 ") === true);
  assert.equal(notThere.media.length, 0, "an app is a namespace of its own");
  await publisher.close();
  await until(() => played.codes.includes("Play.UnpublishNotify"));
});

test("what an RTMFP client publishes, an RTMP client plays", async (t) => {
  const { server, url } = await serve(t);
  const player = await RtmpCaller.dial(url, "live");
  t.after(() => player.close());
  const played = await player.play("cam");
  const published = publish(await peerOf(t, server), "cam");
  await until(() => published.statuses.includes("NetStream.Publish.Start"));
  published.send(clip.videoHeader, clip.keyframe(0));
  await until(() => played.media.length === 2);
});

test("commands for peers alone are refused, and the connection goes on", async (t) => {
  const { url } = await serve(t);
  const caller = await RtmpCaller.dial(url, "live");
  t.after(() => caller.close());
  const answered = await new Promise((resolve) => {
    caller.connection.net.call("pairJoin", [{}], ({ isResult }) => resolve(isResult), 0);
  });
  assert.equal(answered, false);
  await caller.play("cam");
});

test("a server that closes ends its RTMP connections", async (t) => {
  const { server, url } = await serve(t);
  const caller = await RtmpCaller.dial(url, "live");
  const played = await caller.play("cam");
  await server.close();
  assert.equal(await caller.socket.closed, undefined);
  assert.equal(played.ends, 1);
});

test("a server that is about to close asks those who understand it to connect anew", async (t) => {
  const { server, url } = await serve(t);
  const plain = await RtmpCaller.dial(url, "live");
  t.after(() => plain.close());
  const asked: (string | undefined)[] = [];
  const mover = new Client();
  const app = Object.assign(mover, {
    onReconnectRequest: (tcUrl: string | undefined) => asked.push(tcUrl),
  });
  const enhanced = await RtmpCaller.dial(url, "live", {}, app);
  t.after(() => enhanced.close());
  const drained = server.drain({ tcUrl: "rtmp://127.0.0.1:1/live", limitMs: 5_000 });
  await until(() => asked.length === 1);
  await enhanced.close();
  assert.equal(await drained, 1);
  assert.deepEqual(asked, ["rtmp://127.0.0.1:1/live"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ForwardLab, heard } from "../support/forward-lab.ts";
import { media } from "../support/media.ts";
import { clip } from "../support/rendezvous-streams.ts";

/* Servers that go away and ask to be left for others, Enhanced RTMP v2. */

const heads = [clip.metadata, media.audioHeader(9), media.videoHeader(7)];

test("pull: a server that asks to be left is, when the other is there; players notice nothing", async () => {
  const world = new ForwardLab(1);
  const { lab } = world;
  const source = await world.server();
  const pull = "cam=rtmp://10.0.0.1/live/cam";
  const [first, second] = [await world.server({ pull }), await world.server({ pull })];
  const edge = await world.server({ pull: "cam=rtmp://10.0.0.2/live/cam" });
  const [send] = await world.publish(source, "cam");
  const [player] = await world.play(edge, "cam");
  send(...heads, media.keyframe(0), media.inter(40));
  await lab.advance(15_000);
  send(media.keyframe(15_000));
  await lab.advance(500);
  const drained = first.server.drain({ tcUrl: "rtmp://10.0.0.3:1935/live", limitMs: 60_000 });
  assert.equal(await lab.complete(drained, 3_000), 1);
  assert.equal(second.server.status.streams[0]?.players, 1);
  await lab.complete(first.server.close(), 5_000);
  send(media.inter(15_040));
  await lab.advance(500);
  const pictures = heard(player).filter((line) => line.startsWith("video") && !line.endsWith(" 7"));
  assert.deepEqual(
    pictures.map((line) => Number(line.split(" ")[1])),
    [0, 40, 15_000, 15_040],
  );
  assert.deepEqual(player.codes.slice(-1), ["Play.PublishNotify"]);
  assert.deepEqual([edge.forward.state, edge.forward.failures], ["running", 0]);
  // The other one goes without a word: what was asked for first is tried again.
  await lab.complete(second.server.close(), 5_000);
  await first.start();
  await lab.advance(5_000);
  assert.equal(first.server.status.streams[0]?.players, 1);
  await world.close();
});

test("push: a server that asks to be left is, for one that is told from where", async () => {
  const world = new ForwardLab(2);
  const { lab } = world;
  const near = await world.server({ push: "cam=rtmp://10.0.0.2/live/far" });
  const [first, second] = [await world.server(), await world.server()];
  const [player] = await world.play(second, "far");
  const [send] = await world.publish(near, "cam");
  send(...heads, media.keyframe(0));
  await lab.advance(11_000);
  const drained = first.server.drain({ tcUrl: "//10.0.0.3/live", limitMs: 60_000 });
  assert.equal(await lab.complete(drained, 3_000), 1);
  send(media.inter(40));
  await lab.advance(500);
  assert.deepEqual(heard(player), ["audio 0 9", "video 0 7", "video 0 0", "video 40 40"]);
  assert.equal(first.server.status.counts.streams, 0);
  await world.close();
});

test("where nobody answers, or nobody could, we do not go", async () => {
  const world = new ForwardLab(3);
  const { lab } = world;
  const far = await world.server();
  const near = await world.server({ pull: "cam=rtmp://10.0.0.1/live/cam" });
  const [player] = await world.play(near, "cam");
  const [send] = await world.publish(far, "cam");
  send(media.keyframe(0));
  await lab.advance(11_000);
  const asked = far.server.drain({ tcUrl: "rtmp://10.0.0.9/live", limitMs: 30_000 });
  await lab.advance(20_000);
  send(media.inter(40));
  await lab.advance(500);
  assert.equal(heard(player).at(-1), "video 40 40");
  assert.equal(await lab.complete(asked, 30_000), 1);
  for (const tcUrl of ["http://10.0.0.9/live", "rtmp://10.0.0.9/", undefined]) {
    await lab.complete(far.server.drain({ ...(tcUrl && { tcUrl }), limitMs: 2_000 }), 5_000);
  }
  send(media.inter(80));
  await lab.advance(500);
  assert.equal(heard(player).at(-1), "video 80 80");
  assert.equal(near.forward.failures, 0);
  await world.close();
});

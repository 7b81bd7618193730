import assert from "node:assert/strict";
import { test } from "node:test";
import { RendezvousLab } from "../support/rendezvous-lab.ts";
import { clip, play, publish } from "../support/rendezvous-streams.ts";

const HEADS = ["data", "audio 175 0 18 16", "video 23 0 0 0 0 1"];
const KEYFRAME = "video 23 1 0 0 0 2";
const INTER = "video 39 1 0 0 0 3";

/** Audio, video and data travel in flows of their own: their order among each other is not fixed. */
function sorted(media: readonly string[]): string[] {
  return [...media].sort((a, b) => (a < b ? -1 : 1));
}

test("a stream on the server: who joins late gets description, headers and keyframe first", async () => {
  const world = await RendezvousLab.start({ seed: 1 });
  const { lab } = world;
  const [camera, early, late] = [
    await world.connected("live"),
    await world.connected("live"),
    await world.connected("live"),
  ];
  const first = play(early, "cam");
  await lab.advance(500);
  assert.deepEqual(
    world.server.status.streams.map(({ name, isLive, players }) => ({ name, isLive, players })),
    [{ name: "cam", isLive: false, players: 1 }],
  );
  const published = publish(camera, "cam");
  await lab.advance(500);
  assert.deepEqual(published.statuses, ["NetStream.Publish.Start"]);
  published.send(clip.metadata, clip.videoHeader, clip.audioHeader);
  published.send(clip.keyframe(0));
  await lab.advance(100);
  published.send(clip.inter(40), clip.sound(40));
  await lab.advance(500);
  const second = play(late, "cam");
  await lab.advance(500);
  const expected = [...HEADS, KEYFRAME, INTER, "audio 175 1 4"];
  for (const player of [first, second]) {
    const [sampleAccess, ...media] = player.media;
    assert.equal(sampleAccess, "data");
    assert.deepEqual(sorted(media), sorted(expected));
    const video = media.filter((message) => message.startsWith("video"));
    assert.deepEqual(video, [HEADS[2], KEYFRAME, INTER]);
  }
  published.close();
  await lab.advance(500);
  for (const { statuses } of [first, second]) {
    assert.equal(statuses.at(-1), "NetStream.Play.UnpublishNotify");
  }
  first.close();
  second.close();
  await lab.advance(500);
  assert.equal(world.server.status.counts.streams, 0, "nobody publishes, nobody plays");
  assert.equal(world.server.status.counts.faults, 0);
  await world.close();
});

test("a name that somebody publishes already is a bad name, in that application alone", async () => {
  const world = await RendezvousLab.start({ seed: 2 });
  const one = await world.connected("live");
  const other = await world.connected("live");
  const elsewhere = await world.connected("other");
  const first = publish(one, "cam");
  await world.lab.advance(500);
  const second = publish(other, "cam");
  const third = publish(elsewhere, "cam");
  await world.lab.advance(500);
  assert.deepEqual(first.statuses, ["NetStream.Publish.Start"]);
  assert.deepEqual(second.statuses, ["NetStream.Publish.BadName"]);
  assert.deepEqual(third.statuses, ["NetStream.Publish.Start"]);
  first.close();
  await world.lab.advance(500);
  const again = publish(other, "cam");
  await world.lab.advance(500);
  assert.deepEqual(again.statuses, ["NetStream.Publish.Start"]);
  await world.close();
});

test("a publisher that vanishes frees the name; players are told", async () => {
  const world = await RendezvousLab.start({ seed: 3 });
  const camera = await world.connected("live");
  const viewer = await world.connected("live");
  publish(camera, "cam");
  const player = play(viewer, "cam");
  await world.lab.advance(500);
  const { ip } = camera.address;
  world.lab.path(ip, "10.0.0.1").set({ loss: 1 });
  await world.lab.runUntil(
    () => player.statuses.at(-1) === "NetStream.Play.UnpublishNotify",
    60_000,
  );
  assert.deepEqual(
    world.server.status.streams.map(({ isLive }) => isLive),
    [false],
  );
  await world.close();
});

test("names that are empty or too long are refused", async () => {
  const world = await RendezvousLab.start({ seed: 4 });
  const client = await world.connected("live");
  const streams = [
    publish(client, ""),
    publish(client, "x".repeat(257)),
    play(client, ""),
    play(client, "ü".repeat(129)),
  ];
  await world.lab.advance(500);
  assert.deepEqual(
    streams.map(({ statuses }) => statuses),
    [
      ["NetStream.Publish.BadName"],
      ["NetStream.Publish.BadName"],
      ["NetStream.Play.Failed"],
      ["NetStream.Play.Failed"],
    ],
  );
  assert.equal(world.server.status.counts.streams, 0);
  await world.close();
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ForwardLab, heard } from "../support/forward-lab.ts";
import { media } from "../support/media.ts";
import { clip } from "../support/rendezvous-streams.ts";

/*
 * Streams that go from one server to another, with real TCP between them. Media is marked by its
 * last byte.
 */

const HEADS = ["audio 0 9", "video 0 7"];
const heads = [clip.metadata, media.audioHeader(9), media.videoHeader(7)];

test("push: the far end gets description, headers and pictures, and the end", async () => {
  const world = new ForwardLab(1);
  const { lab } = world;
  const near = await world.server({ push: "cam=rtmp://10.0.0.2/live/far?key=k" });
  const far = await world.server();
  const [player] = await world.play(far, "far?key=k");
  const [send, publisher] = await world.publish(near, "cam");
  assert.equal(near.forward.url, "rtmp://10.0.0.2/live", "a name may be a secret");
  send(...heads, media.keyframe(0), media.inter(40));
  await lab.advance(1_000);
  assert.equal(near.forward.state, "running");
  assert.deepEqual(heard(player), [...HEADS, "video 0 0", "video 40 40"]);
  assert.equal(
    player.messages.filter(({ type }) => type === 18).length,
    2,
    "sample access, metadata",
  );
  await lab.complete(publisher.close(), 5_000);
  await lab.advance(1_000);
  assert.equal(near.forward.state, "idle");
  assert.equal(player.codes.at(-1), "Play.UnpublishNotify");
  await world.close();
});

test("push: a far end that comes late, and again, is told all that it has to know", async () => {
  const world = new ForwardLab(2);
  const { lab } = world;
  const near = await world.server({ push: "live/cam=rtmp://10.0.0.2/live/far" });
  const far = await world.server();
  await lab.complete(far.server.close(), 5_000);
  const [send, publisher] = await world.publish(near, "cam");
  send(...heads, media.keyframe(0), media.inter(40));
  await lab.advance(5_000);
  assert.equal(near.forward.state, "waiting");
  assert.ok(near.forward.failures >= 2);
  for (const time of [10, 20]) {
    await far.start();
    const [player] = await world.play(far, "far");
    await lab.runUntil(() => near.forward.state === "running", 40_000);
    await lab.advance(500);
    send(media.inter(80 + time));
    await lab.advance(500);
    const last = `video ${80 + time} ${80 + time}`;
    assert.deepEqual(heard(player).slice(0, 4), [...HEADS, "video 0 0", "video 40 40"]);
    assert.equal(heard(player).at(-1), last);
    if (time === 10) await lab.complete(far.server.close(), 5_000);
  }
  await lab.complete(publisher.close(), 5_000);
  await world.close();
});

test("push: one that publishes again starts anew at the far end", async () => {
  const world = new ForwardLab(3);
  const { lab } = world;
  const near = await world.server({ push: "live/*=rtmp://10.0.0.2/live/from-*" });
  const far = await world.server();
  const [player] = await world.play(far, "from-cam");
  for (const start of [100, 0]) {
    const [send, publisher] = await world.publish(near, "cam");
    send(media.keyframe(start));
    await lab.advance(500);
    assert.equal(heard(player).at(-1), `video ${start} ${start}`);
    await lab.complete(publisher.close(), 5_000);
    await lab.advance(200);
    assert.equal(player.codes.at(-1), "Play.UnpublishNotify");
  }
  assert.deepEqual(near.server.status.forwards, [], "a pattern's streams go");
  await world.close();
});

test("pull: when the first player comes, and until some time after the last has left", async () => {
  const world = new ForwardLab(4);
  const { lab } = world;
  const far = await world.server();
  const near = await world.server({ pull: "live/*=rtmp://10.0.0.1/live/*" });
  const [send] = await world.publish(far, "cam");
  send(...heads, media.keyframe(0));
  await lab.advance(1_000);
  assert.equal(far.server.status.streams[0]?.players, 0);
  const [first, caller] = await world.play(near, "cam");
  await lab.advance(1_000);
  const [second, other] = await world.play(near, "cam");
  send(media.inter(40));
  await lab.advance(500);
  for (const player of [first, second]) {
    assert.deepEqual(heard(player), [...HEADS, "video 0 0", "video 40 40"]);
  }
  assert.equal(far.server.status.streams[0]?.players, 1, "one connection for both");
  await lab.complete(Promise.all([caller.close(), other.close()]), 5_000);
  await lab.advance(5_000);
  assert.equal(far.server.status.streams[0]?.players, 1);
  await lab.advance(6_000);
  assert.equal(far.server.status.streams[0]?.players, 0);
  assert.equal(near.server.status.counts.streams, 0);
  assert.deepEqual(near.server.status.forwards, []);
  await world.close();
});

test("pull: what is not published yet is waited for; its end is told, and its next beginning", async () => {
  const world = new ForwardLab(5);
  const { lab } = world;
  const far = await world.server();
  const near = await world.server({ pull: "cam=rtmp://10.0.0.1/live/cam" });
  const [player] = await world.play(near, "cam");
  await lab.advance(20_000);
  assert.deepEqual(heard(player), []);
  for (const start of [100, 0]) {
    const [send, publisher] = await world.publish(far, "cam");
    send(media.keyframe(start));
    await lab.advance(500);
    assert.equal(heard(player).at(-1), `video ${start} ${start}`);
    assert.equal(player.codes.at(-1), "Play.PublishNotify");
    await lab.complete(publisher.close(), 5_000);
    await lab.advance(500);
    assert.equal(player.codes.at(-1), "Play.UnpublishNotify");
  }
  assert.equal(near.forward.failures, 0);
  await world.close();
});

test("pull: a connection that breaks is made again; players see a pause, and nothing twice", async () => {
  const world = new ForwardLab(6);
  const { lab } = world;
  const far = await world.server();
  const near = await world.server({ pull: "cam=rtmp://10.0.0.1/live/cam" });
  const [send] = await world.publish(far, "cam");
  send(...heads, media.keyframe(0), media.audio(10), media.inter(40));
  const [player] = await world.play(near, "cam");
  await lab.advance(1_000);
  far.breakOthers(1);
  send(media.inter(80), media.audio(90));
  await lab.advance(5_000);
  send(media.inter(120));
  await lab.advance(500);
  const all = ["video 0 0", "audio 10 10", "video 40 40", "video 80 80", "audio 90 90"];
  const played = heard(player).filter((line) => !HEADS.some((head) => isLike(line, head)));
  assert.deepEqual(played, [...all, "video 120 120"]);
  assert.equal(player.codes.filter((code) => code === "Play.PublishNotify").length, 1);
  assert.ok(!player.codes.includes("Play.UnpublishNotify"));
  await world.close();
});

test("pull: a far end that starts anew goes on with the time, after new headers", async () => {
  const world = new ForwardLab(7);
  const { lab } = world;
  const far = await world.server();
  const near = await world.server({ pull: "cam=rtmp://10.0.0.1/live/cam", pullAlways: true });
  const [send] = await world.publish(far, "cam");
  send(...heads, media.keyframe(200), media.inter(240));
  const [player] = await world.play(near, "cam");
  await lab.advance(1_000);
  await far.die(1);
  await far.start();
  const [again] = await world.publish(far, "cam");
  again(media.audioHeader(8), media.videoHeader(6), media.inter(20), media.keyframe(0));
  again(media.inter(40));
  await lab.advance(4_000);
  const times = player.media.map(({ timestampMs }) => timestampMs);
  assert.deepEqual(
    times.slice(2),
    times.slice(2).toSorted((one, other) => one - other),
  );
  const lines = heard(player).map((line) => line.replace(/ \d+ /, " "));
  assert.deepEqual(lines.slice(4), ["audio 8", "video 6", "video 0", "video 40"]);
  assert.equal((times.at(-1) ?? 0) - (times.at(-2) ?? 0), 40);
  assert.ok(!player.codes.includes("Play.UnpublishNotify"));
  await world.close();
});

test("pull: a far end that stays away ends the stream for its players", async () => {
  const world = new ForwardLab(8);
  const { lab } = world;
  const far = await world.server();
  const near = await world.server({ pull: "cam=rtmp://10.0.0.1/live/cam" });
  const [send] = await world.publish(far, "cam");
  send(media.keyframe(0));
  const [player] = await world.play(near, "cam");
  await lab.advance(1_000);
  await far.die(1);
  await lab.advance(8_000);
  assert.ok(!player.codes.includes("Play.UnpublishNotify"));
  await lab.advance(4_000);
  assert.equal(player.codes.at(-1), "Play.UnpublishNotify");
  await far.start();
  const [again] = await world.publish(far, "cam");
  again(media.keyframe(3));
  await lab.runUntil(() => heard(player).at(-1) === "video 3 3", 60_000);
  await world.close();
});

test("pull: whoever publishes here goes before", async () => {
  const world = new ForwardLab(9);
  const { lab } = world;
  const far = await world.server();
  const near = await world.server({ pull: "cam=rtmp://10.0.0.1/live/cam" });
  const [sendFar] = await world.publish(far, "cam");
  sendFar(media.keyframe(1));
  const [send, publisher] = await world.publish(near, "cam");
  send(media.keyframe(2));
  const [player] = await world.play(near, "cam");
  await lab.advance(5_000);
  assert.deepEqual(heard(player), ["video 2 2"]);
  assert.equal(near.forward.state, "idle");
  await lab.complete(publisher.close(), 5_000);
  await lab.runUntil(() => heard(player).at(-1) === "video 1 1", 5_000);
  await world.close();
});

test("what goes round in a circle is refused, and harms nobody", async () => {
  const world = new ForwardLab(10);
  const { lab } = world;
  const near = await world.server({
    push: "cam=rtmp://10.0.0.1/live/cam",
    pull: "other=rtmp://10.0.0.1/live/other",
  });
  const [send] = await world.publish(near, "cam");
  const [player] = await world.play(near, "cam");
  await world.play(near, "other");
  send(media.keyframe(0));
  await lab.advance(60_000);
  send(media.inter(40));
  await lab.advance(500);
  assert.deepEqual(heard(player), ["video 0 0", "video 40 40"]);
  for (const { state, error, failures } of near.server.status.forwards) {
    assert.equal(state, "waiting");
    assert.match(error ?? "", /LOOP/);
    assert.ok(failures < 10);
  }
  await world.close();
});

test("a far end that says nothing is left, and tried again", async () => {
  const world = new ForwardLab(11);
  const { lab } = world;
  const near = await world.server({ pull: "cam=rtmp://10.0.0.9:1935/live/cam" });
  lab.host("10.0.0.9").listenTcp(1935, () => undefined);
  await world.play(near, "cam");
  await lab.advance(30_000);
  assert.match(near.forward.error ?? "", /./);
  assert.ok(near.forward.failures >= 1);
  await world.close();
});

function isLike(line: string, head: string): boolean {
  const [kind, , mark] = head.split(" ");
  return line.startsWith(`${kind} `) && line.endsWith(` ${mark}`);
}

test("pull: the names that players make up become no storm at the far end", async () => {
  const world = new ForwardLab(22);
  const near = await world.server({ pull: "live/*=rtmp://10.0.0.99/live/*" });
  let most = 0;
  for (let index = 0; index < 60; index += 1) {
    await world.play(near, `none${index}`);
    const states = near.server.status.forwards.map(({ state }) => state);
    most = Math.max(most, states.filter((state) => state === "connecting").length);
  }
  assert.equal(most, 32);
  assert.ok(near.server.status.forwards.length > 32, "the others wait for their turn");
  await world.close();
});

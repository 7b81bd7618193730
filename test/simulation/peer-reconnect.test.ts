/** The server goes away and comes back, and its peers find it again by themselves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Peer } from "../../peer/index.ts";
import type { PeerOptions } from "../../peer/options.ts";
import { media } from "../support/media.ts";
import { NatLab } from "../support/nat-lab.ts";
import { Talk } from "../support/talk.ts";

/** What a peer tells of its server. */
function newsOf(peer: Peer): string[] {
  const news: string[] = [];
  peer.on("disconnected", () => news.push("disconnected"));
  peer.on("reconnected", (url) => news.push(`reconnected ${url}`));
  return news;
}

for (const transport of ["udp", "tcp"] satisfies PeerOptions["transport"][]) {
  test(`a server that was away for a while: its peers are back, and meet, over ${transport}`, async () => {
    const world = await NatLab.start(1);
    const one = await world.behind("linux", { transport });
    const other = await world.behind("linux", { transport });
    const news = newsOf(one.peer);
    await world.stop();
    await world.lab.advance(20_000);
    assert.deepEqual(news, ["disconnected"]);
    await assert.rejects(one.peer.pair(), { code: "CLOSED" });
    await world.listen();
    await world.lab.advance(20_000);
    assert.deepEqual(news, ["disconnected", "reconnected rtmfp://198.51.100.1/chat"]);
    assert.deepEqual(new Set(world.registered), new Set([one.peer.id, other.peer.id]));
    const { near } = await world.couple(one, other);
    assert.equal(await world.lab.complete(near.call("echo", ["back"]), 5_000), "back");
    await world.stop();
    await world.lab.advance(1_000);
    assert.equal(news.at(-1), "disconnected");
    await world.close();
  });
}

test("a server that ends without a word and is back: whoever asks it for something knows soon", async () => {
  const world = await NatLab.start(5);
  const { peer } = await world.behind("linux");
  await world.lab.advance(5_000);
  const news = newsOf(peer);
  await world.crash();
  const asked = peer.server.call("serverInfo");
  const failed = assert.rejects(asked, { code: "CLOSED" });
  const crashedAt = world.lab.now;
  await world.lab.runUntil(() => news.length === 2, 60_000);
  assert.ok(world.lab.now - crashedAt <= 5_000, `${world.lab.now - crashedAt} ms`);
  await failed;
  assert.ok(await world.lab.complete(peer.server.call("serverInfo"), 1_000));
  await world.close();
});

test("a server that is not reached for a while is the same when it is", async () => {
  const world = await NatLab.start(6);
  const { peer, host, routers } = await world.behind("linux");
  await world.lab.advance(5_000);
  const news = newsOf(peer);
  host.up.set({ loss: 1 });
  const asked = peer.server.call("serverInfo");
  await world.lab.advance(8_000);
  host.up.set({ loss: 0 });
  for (const router of routers) router.rebind();
  assert.ok(await world.lab.complete(asked, 10_000));
  assert.deepEqual(news, []);
  await world.close();
});

test("who only plays, and whose NAT forgets it, goes on within half a second", async () => {
  const world = await NatLab.start(7);
  const player = await world.behind("linux");
  const { peer } = await world.behind("linux");
  const camera = await world.lab.complete(peer.server.publish("cam"), 5_000);
  let played = 0;
  const playing = (async () => {
    for await (const _ of player.peer.server.play("cam")) played += 1;
  })();
  /** Of two packets each, which are acknowledged at once: then the player has nothing to say. */
  const film = async (frames: number): Promise<void> => {
    played = 0;
    for (let frame = 0; frame < frames; frame += 1) {
      camera.forward(media.keyframe(world.lab.now));
      camera.forward(media.inter(world.lab.now));
      await world.lab.advance(40);
    }
  };
  await film(100);
  assert.ok(played >= 190, `${played} of 200`);
  for (const router of player.routers) router.rebind();
  await film(13);
  await film(25);
  assert.ok(played >= 50, `${played} of 50`);
  camera.close();
  await world.lab.complete(playing, 5_000);
  await world.close();
});

test("who stood in line stands in line for the next with the same wishes", async () => {
  const world = await NatLab.start(2);
  const one = await world.behind("linux");
  const other = await world.behind("linux");
  const { near } = await world.couple(one, other);
  const [news, farNews] = [newsOf(one.peer), newsOf(other.peer)];
  await world.restart();
  await world.lab.runUntil(() => news.length === 2 && farNews.length === 2, 10_000);
  assert.equal(one.peer.partner, near, "a server that ends takes nobody's partner away");
  const next = one.peer.next();
  const [again] = await world.lab.complete(Promise.all([next, other.peer.pair()]), 20_000);
  assert.equal(again.peerId, other.peer.id);
  await world.close();
});

const LOST = [
  ["eim-apdf", "apdm-apdf-sequential"],
  ["linux", "apdm-apdf-random"],
] as const;

for (const [easy, hard] of LOST) {
  test(`those who lost each other while the server was away meet again: ${easy} and ${hard}`, async () => {
    const world = await NatLab.start(3);
    const couple = await world.couple(await world.behind(easy), await world.behind(hard));
    assert.ok((await world.until(couple, "direct", 12_000)) !== undefined);
    const talk = await Talk.start(world.lab, couple);
    await talk.go(1_000);
    const news = newsOf(couple.one.peer);
    await world.stop();
    for (const router of couple.other.routers) router.rebind();
    await talk.go(6_000);
    talk.takeLongestGapMs();
    await world.listen();
    const isDirect = (): boolean =>
      [couple.near, couple.far].every(({ path }) => path.kind === "direct") && news.length === 2;
    await talk.go(15_000, isDirect);
    assert.deepEqual([couple.near.path.kind, couple.far.path.kind], ["direct", "direct"]);
    await talk.go(1_000);
    talk.takeLongestGapMs();
    await talk.go(1_000);
    assert.ok(talk.takeLongestGapMs() <= 100);
    await talk.end();
    await world.close();
  });
}

test("a peer that is closed looks for its server no more", async () => {
  const world = await NatLab.start(4);
  const { peer } = await world.behind("linux");
  const news = newsOf(peer);
  await world.stop();
  await world.lab.advance(3_000);
  await world.lab.complete(peer.close(), 5_000);
  await world.listen();
  await world.lab.advance(60_000);
  assert.deepEqual(news, ["disconnected"]);
  assert.deepEqual(world.registered, []);
  await world.close();
});

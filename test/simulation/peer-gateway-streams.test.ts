/** What programs on this machine reach through a peer's gateway: near, far, and on the server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Peer } from "../../peer/index.ts";
import { PeerStreams } from "../../peer/streams/peer-streams.ts";
import type { LiveStream, Playable, Publisher } from "../../protocol/tc/live-stream.ts";
import type { Status } from "../../protocol/tc/status.ts";
import { LabChat } from "../support/lab-chat.ts";
import { media, Notes } from "../support/media.ts";

/** A gateway's clients, at one peer. */
class Desk {
  readonly streams: PeerStreams;
  /** Codes of what the server refused. */
  readonly refusals: string[] = [];
  readonly #peer: Peer;

  constructor(peer: Peer) {
    this.#peer = peer;
    this.streams = new PeerStreams(peer);
  }

  /** Somebody starts to play; answers what they are shown, and how they leave. */
  play(owner: string, name: string): { readonly notes: Notes; readonly leave: () => void } {
    const notes = new Notes();
    const leave = this.#peer.turn((now) => {
      const found = this.streams.play(owner, name, now);
      return playable(found).play(notes, now);
    });
    return { notes, leave: () => this.#peer.turn(leave) };
  }

  publish(owner: "local" | "server", name: string): Publisher {
    const found = this.#peer.turn((now) =>
      owner === "local"
        ? this.streams.publishLocal(name)
        : this.streams.publishServer(name, now, ({ code }) => this.refusals.push(code)),
    );
    assert.ok(!("code" in found));
    return found;
  }

  write(publisher: Publisher, ...messages: readonly Parameters<Publisher["write"]>[0][]): void {
    for (const message of messages) this.#peer.turn((now) => publisher.write(message, now));
  }
}

function playable(found: Playable | Status): Playable {
  assert.ok(!("code" in found));
  return found;
}

function players(peer: Peer, name: string): number {
  return (peer.streams.find(name) as LiveStream).playerCount;
}

test("a far peer's stream is fetched once for all players, while there are any", async () => {
  const chat = await LabChat.start(1);
  const [near, far] = [await chat.peer(), await chat.peer()];
  const desk = new Desk(near);
  const camera = far.publish("cam");
  for (const message of [media.videoHeader(), media.keyframe(0), media.inter(40)]) {
    camera.forward(message);
  }
  const first = desk.play(far.id, "cam");
  await chat.lab.advance(1_000);
  const group = ["video-header 0", "keyframe 0", "inter 40"];
  assert.deepEqual(first.notes.take().filter(isMedia), group);
  assert.equal(players(far, "cam"), 1);
  const second = desk.play(far.id, "cam");
  assert.deepEqual(
    second.notes.take().filter(isMedia),
    group.map((line) => `+${line}`),
  );
  assert.equal(players(far, "cam"), 1, "fetched once");
  first.leave();
  first.leave();
  camera.forward(media.inter(80));
  await chat.lab.advance(500);
  assert.deepEqual(second.notes.take(), ["inter 80"]);
  second.leave();
  await chat.lab.advance(500);
  assert.equal(players(far, "cam"), 0, "nobody plays, nothing is fetched");
  const third = desk.play(far.id, "cam");
  await chat.lab.advance(500);
  assert.ok(third.notes.take().includes("keyframe 0"));
  await chat.close();
});

test("a far peer that ends its stream, and starts another", async () => {
  const chat = await LabChat.start(2);
  const [near, far] = [await chat.peer(), await chat.peer()];
  const { notes } = new Desk(near).play(far.id, "cam");
  await chat.lab.advance(1_000);
  for (const at of [0, 40]) {
    const camera = far.publish("cam");
    camera.forward(media.keyframe(at));
    await chat.lab.advance(500);
    camera.close();
    await chat.lab.advance(500);
    assert.deepEqual(notes.take(), ["publish", `keyframe ${at}`, "unpublish"]);
  }
  await chat.close();
});

test("partners change: who plays pair/ plays the partner of the moment", async () => {
  const chat = await LabChat.start(3);
  const [near, bob, eve] = [await chat.peer(), await chat.peer(), await chat.peer()];
  const desk = new Desk(near);
  bob.publish("cam").forward(media.keyframe(1));
  eve.publish("cam").forward(media.keyframe(2));
  const { notes, leave } = desk.play("pair", "cam");
  await chat.lab.advance(500);
  assert.deepEqual(notes.take(), [], "nobody is there yet");
  for (const [partner, line] of [
    [bob, "keyframe 1"],
    [eve, "keyframe 2"],
  ] as const) {
    const session = await chat.lab.complete(near.session(partner.id), 5_000);
    desk.streams.setPartner(session);
    await chat.lab.advance(500);
    assert.ok(notes.take().includes(line));
    assert.equal(players(partner, "cam"), 1);
  }
  assert.equal(players(bob, "cam"), 0);
  desk.streams.setPartner(undefined);
  await chat.lab.advance(500);
  assert.deepEqual(notes.take(), ["unpublish"]);
  assert.equal(players(eve, "cam"), 0);
  leave();
  await chat.close();
});

test("a partner whose session ends: unpublish, and the next one is played", async () => {
  const chat = await LabChat.start(4);
  const { one, other, near } = await chat.met();
  const desk = new Desk(one);
  other.publish("cam").forward(media.keyframe(1));
  desk.streams.setPartner(near);
  const { notes } = desk.play("pair", "cam");
  await chat.lab.advance(500);
  assert.deepEqual(notes.take(), ["publish", "keyframe 1"]);
  near.close();
  await chat.lab.advance(500);
  assert.deepEqual(notes.take(), ["unpublish"]);
  const again = await chat.lab.complete(one.session(other.id), 5_000);
  desk.streams.setPartner(again);
  await chat.lab.advance(500);
  assert.ok(notes.take().includes("keyframe 1"));
  await chat.close();
});

test("a peer that cannot be reached: players are told, and the next one has it tried again", async () => {
  const chat = await LabChat.start(5);
  const near = await chat.peer({ connectTimeoutMs: 2_000 });
  const far = await chat.peer();
  const desk = new Desk(near);
  const identity = far.identity;
  await chat.lab.complete(far.close(), 5_000);
  const first = desk.play(far.id, "cam");
  const second = desk.play(far.id, "cam");
  await chat.lab.advance(2_500);
  for (const { notes } of [first, second])
    assert.match(notes.take().join(), /^fail.*StreamNotFound/);
  const back = await chat.peer({ identity });
  back.publish("cam").forward(media.keyframe(0));
  const third = desk.play(far.id, "cam");
  await chat.lab.advance(1_000);
  for (const { notes } of [first, second, third]) assert.ok(notes.take().includes("keyframe 0"));
  await chat.close();
});

test("a peer that went away and came back is played by whoever comes next", async () => {
  const chat = await LabChat.start(6);
  const [near, far] = [await chat.peer(), await chat.peer()];
  const desk = new Desk(near);
  far.publish("cam").forward(media.keyframe(1));
  const first = desk.play(far.id, "cam");
  await chat.lab.advance(500);
  await chat.lab.complete(far.close(), 5_000);
  await chat.lab.advance(500);
  assert.equal(first.notes.take().at(-1), "unpublish");
  const back = await chat.peer({ identity: far.identity });
  back.publish("cam").forward(media.keyframe(2));
  const second = desk.play(far.id, "cam");
  await chat.lab.advance(1_000);
  for (const { notes } of [first, second]) assert.ok(notes.take().includes("keyframe 2"));
  await chat.close();
});

test("nobody plays any more: the peer is not reached for either", async () => {
  const chat = await LabChat.start(7);
  const near = await chat.peer();
  const desk = new Desk(near);
  const far = await chat.peer();
  const { leave } = desk.play(far.id, "cam");
  leave();
  await chat.lab.advance(5_000);
  assert.deepEqual(near.sessions, []);
  await chat.close();
});

test("a refusal of the far peer gets to the players", async () => {
  const chat = await LabChat.start(8);
  const [near, far] = [await chat.peer(), await chat.peer()];
  const { notes } = new Desk(near).play(far.id, "n".repeat(257));
  await chat.lab.advance(1_000);
  assert.match(notes.take().join(), /^fail/);
  await chat.close();
});

test("what is published here is played here, by either name, and there", async () => {
  const chat = await LabChat.start(9);
  const { one, near } = await chat.met();
  const desk = new Desk(one);
  const camera = desk.publish("local", "cam");
  desk.write(camera, media.keyframe(0));
  for (const owner of ["local", one.id]) {
    assert.deepEqual(desk.play(owner, "cam").notes.take(), ["publish", "+keyframe 0"]);
  }
  const taken = one.turn(() => desk.streams.publishLocal("cam"));
  assert.ok("code" in taken && taken.code === "NetStream.Publish.BadName");
  assert.throws(() => one.publish("cam"), { code: "BAD_NAME" });
  one.turn((now) => camera.end(now));
  one.publish("cam").close();
  assert.ok(near.isOpen);
  await chat.close();
});

test("server/: one gateway publishes on the server, another plays it", async () => {
  const chat = await LabChat.start(10);
  const [near, far] = [await chat.peer(), await chat.peer()];
  const [here, there] = [new Desk(near), new Desk(far)];
  const { notes, leave } = there.play("server", "cam");
  const camera = here.publish("server", "cam");
  here.write(camera, media.videoHeader(), media.keyframe(0));
  await chat.lab.advance(1_000);
  here.write(camera, media.inter(40));
  await chat.lab.advance(500);
  assert.deepEqual(notes.take().filter(isMedia), ["video-header 0", "keyframe 0", "inter 40"]);
  near.turn((now) => camera.end(now));
  await chat.lab.advance(500);
  assert.deepEqual(notes.take(), ["unpublish"]);
  leave();
  await chat.lab.advance(500);
  assert.deepEqual(chat.server.status.streams, []);
  await chat.close();
});

test("an upload that the server refuses, or that ends before it agrees, leaves nothing", async () => {
  const chat = await LabChat.start(11);
  const [near, far] = [await chat.peer(), await chat.peer()];
  const taken = await chat.lab.complete(far.server.publish("cam"), 5_000);
  const desk = new Desk(near);
  const refused = desk.publish("server", "cam");
  await chat.lab.advance(500);
  desk.write(refused, media.keyframe(0));
  taken.close();
  const hasty = desk.publish("server", "other");
  near.turn((now) => hasty.end(now));
  await chat.lab.advance(1_000);
  assert.deepEqual(desk.refusals, ["NetStream.Publish.BadName"], "who ended it need not be told");
  assert.deepEqual(chat.server.status.streams, []);
  await chat.close();
});

test("an upload whose name another takes later: who publishes is told, and nothing is left", async () => {
  const chat = await LabChat.start(12, {}, { takeover: "always" });
  const [near, far] = [await chat.peer(), await chat.peer()];
  const desk = new Desk(near);
  const camera = desk.publish("server", "cam");
  desk.write(camera, media.keyframe(0));
  await chat.lab.advance(1_000);
  assert.deepEqual(desk.refusals, []);
  const taken = await chat.lab.complete(far.server.publish("cam"), 5_000);
  await chat.lab.advance(500);
  assert.deepEqual(desk.refusals, ["NetStream.Publish.BadName"]);
  desk.write(camera, media.keyframe(40));
  near.turn((now) => camera.end(now));
  await chat.lab.advance(500);
  assert.ok(taken.isOpen);
  assert.equal(chat.server.status.streams.length, 1);
  await chat.close();
});

function isMedia(line: string): boolean {
  return line.includes(" ");
}

/** Peers of the library publish and play. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Peer, PlayedMessage, Publication } from "../../peer/index.ts";
import { encodeAmf0 } from "../../protocol/amf/amf0-encode.ts";
import type { RtmfpError } from "../../protocol/errors.ts";
import type { LiveStream } from "../../protocol/tc/live-stream.ts";
import { LabChat } from "../support/lab-chat.ts";
import { media } from "../support/media.ts";

const REASON = new Error("changed my mind");

/** What a player has got so far, such as `keyframe 40`, `!inter 80` after a gap; then how it ended. */
class Screen {
  readonly lines: string[] = [];
  readonly messages: PlayedMessage[] = [];
  readonly done: Promise<void>;

  constructor(messages: AsyncIterable<PlayedMessage>) {
    this.done = this.#watch(messages);
  }

  async #watch(messages: AsyncIterable<PlayedMessage>): Promise<void> {
    try {
      for await (const message of messages) {
        this.messages.push(message);
        this.lines.push(`${message.afterGap ? "!" : ""}${message.kind} ${message.timestampMs}`);
      }
      this.lines.push("end");
    } catch (error) {
      this.lines.push((error as RtmfpError).code ?? (error as Error).message);
    }
  }

  take(): string[] {
    return this.lines.splice(0);
  }
}

function send(
  camera: Publication,
  ...messages: readonly Parameters<Publication["forward"]>[0][]
): void {
  for (const message of messages) camera.forward(message);
}

/** How many play a stream of `peer`. */
function players(peer: Peer, name: string): number {
  return (peer.streams.find(name) as LiveStream).playerCount;
}

test("who waits gets all, who comes late what it needs, and both the end", async () => {
  const chat = await LabChat.start(1);
  const { one, other, near } = await chat.met();
  const third = await chat.peer();
  const patient = new Screen(near.play("cam"));
  await chat.lab.advance(500);
  const camera = other.publish("cam");
  camera.metadata({ width: 320 });
  camera.video(0, media.videoHeader().payload);
  camera.audio(0, media.audioHeader().payload);
  send(camera, media.keyframe(0), media.inter(40), media.keyframe(80), media.inter(120));
  await chat.lab.advance(500);
  const start = ["metadata 0", "video-header 0", "audio-header 0"];
  assert.deepEqual(patient.take(), [
    ...start,
    "keyframe 0",
    "inter 40",
    "keyframe 80",
    "inter 120",
  ]);
  const session = await chat.lab.complete(third.session(other.id), 5_000);
  const late = new Screen(session.play("cam"));
  await chat.lab.advance(500);
  assert.deepEqual(late.take().sort(byText), [...start, "keyframe 80", "inter 120"].sort(byText));
  const first = late.messages.filter(({ type }) => type === "video").map(({ kind }) => kind);
  assert.deepEqual(first, ["video-header", "keyframe", "inter"]);
  assert.deepEqual(
    late.messages.find(({ kind }) => kind === "keyframe")?.payload,
    media.keyframe(80).payload,
  );
  assert.equal(players(other, "cam"), 2);
  send(camera, media.audio(130));
  camera.close();
  camera.close();
  await chat.lab.complete(Promise.all([patient.done, late.done]), 1_000);
  assert.deepEqual(
    [patient.take(), late.take()],
    [
      ["audio 130", "end"],
      ["audio 130", "end"],
    ],
  );
  assert.equal(one.sessions.length, 1);
  await chat.close();
});

test("a name is published once at a time: BAD_NAME; a closed publication: CLOSED", async () => {
  const chat = await LabChat.start(2);
  const peer = await chat.peer();
  const camera = peer.publish("cam");
  assert.throws(() => peer.publish("cam"), { code: "BAD_NAME" });
  camera.close();
  assert.throws(() => camera.audio(0, media.audio(0).payload), { code: "CLOSED" });
  const again = peer.publish("cam");
  const nameless = { ...media.data("x"), payload: new Uint8Array(0) };
  assert.throws(() => again.forward(nameless), { code: "MALFORMED" });
  assert.throws(() => again.metadata({ bad: (() => 1) as never }), TypeError);
  again.data("onCue", 1, { text: "x" });
  await chat.close();
});

test("a name that is too long is refused: NOT_FOUND", async () => {
  const chat = await LabChat.start(3);
  const { near } = await chat.met();
  const screen = new Screen(near.play("n".repeat(257)));
  await chat.lab.complete(screen.done, 1_000);
  assert.deepEqual(screen.take(), ["NOT_FOUND"]);
  await chat.close();
});

test("strangers who wait for hundreds of streams keep nobody from publishing", async () => {
  const chat = await LabChat.start(4);
  const { other, near } = await chat.met();
  const screens = Array.from({ length: 300 }, (_, index) => new Screen(near.play(`x${index}`)));
  await chat.lab.advance(2_000);
  const refused = screens.filter(({ lines }) => lines.includes("NOT_FOUND")).length;
  assert.ok(refused >= 40, `${refused} of 300 were refused`);
  const camera = other.publish("cam");
  const screen = new Screen(near.play("cam"));
  await chat.lab.advance(500);
  send(camera, media.keyframe(0));
  await chat.lab.advance(500);
  assert.deepEqual(screen.take(), ["keyframe 0"]);
  await chat.close();
});

test("a receipt: delivered to all, abandoned, lost with a session, and nobody there", async () => {
  const chat = await LabChat.start(5);
  const { other, near } = await chat.met();
  const camera = other.publish("cam");
  const delivered = (index: number): Promise<boolean> =>
    camera.forward(media.keyframe(index)).delivered;
  assert.equal(await delivered(1), true, "nobody plays: nobody is left to get it");
  const screen = new Screen(near.play("cam"));
  await chat.lab.advance(500);
  assert.equal(await chat.lab.complete(delivered(2), 1_000), true);
  // By now nothing is sent to catch up, which is given more time.
  await chat.lab.advance(6_000);
  chat.cut(other);
  const late = camera.video(4, media.keyframe(4).payload, { deadlineMs: 100 });
  assert.equal(await chat.lab.complete(late.delivered, 200), false);
  const abandoned = camera.forward(media.videoHeader(1));
  abandoned.abandon();
  assert.equal(await chat.lab.complete(abandoned.delivered, 10), false);
  const header = camera.forward(media.videoHeader());
  const lost = chat.lab.complete(header.delivered, 60_000);
  assert.equal(await lost, false, "the session timed out");
  await chat.lab.advance(60_000);
  assert.deepEqual(screen.take(), ["keyframe 1", "keyframe 2", "CLOSED"]);
  assert.equal(players(other, "cam"), 0);
  await chat.close();
});

test("who stops playing, by signal or break, is gone at the publisher", async () => {
  const chat = await LabChat.start(6);
  const { other, near } = await chat.met();
  const camera = other.publish("cam");
  const before = new Screen(near.play("cam", { signal: AbortSignal.abort(REASON) }));
  await before.done;
  assert.deepEqual(before.take(), [REASON.message]);
  const stop = new AbortController();
  const waiting = new Screen(near.play("cam", { signal: stop.signal }));
  const playing = near.play("cam");
  const first = playing.next();
  await chat.lab.advance(500);
  assert.equal(players(other, "cam"), 2);
  send(camera, media.audio(0));
  await chat.lab.complete(first, 500);
  await playing.return();
  await chat.lab.advance(500);
  assert.equal(players(other, "cam"), 1);
  stop.abort(REASON);
  await waiting.done;
  assert.deepEqual(waiting.take(), ["audio 0", REASON.message]);
  await chat.lab.advance(500);
  assert.equal(players(other, "cam"), 0);
  await chat.close();
});

test("a signal ends playing also while messages wait to be read", async () => {
  const chat = await LabChat.start(7);
  const { other, near } = await chat.met();
  const camera = other.publish("cam");
  const stop = new AbortController();
  const playing = near.play("cam", { signal: stop.signal });
  const first = playing.next();
  await chat.lab.advance(500);
  send(camera, media.audio(0), media.audio(20), media.audio(40));
  await chat.lab.complete(first, 500);
  stop.abort(REASON);
  await assert.rejects(playing.next(), REASON);
  await chat.lab.advance(500);
  assert.equal(players(other, "cam"), 0);
  await chat.close();
});

/** Pictures, ten and a keyframe every second. */
async function broadcast(chat: LabChat, camera: Publication, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    send(camera, { ...media.keyframe(0), timestampMs: second * 1_000 });
    for (let picture = 1; picture < 10; picture += 1) {
      await chat.lab.advance(100);
      const payload = new Uint8Array(2_000).fill(0x27, 0, 1).fill(1, 1, 2);
      send(camera, { ...media.inter(0), timestampMs: second * 1_000 + picture * 100, payload });
    }
    await chat.lab.advance(100);
  }
}

test("who does not read holds back nobody, and misses what is old", async () => {
  const chat = await LabChat.start(8);
  const { other, near } = await chat.met();
  const camera = other.publish("cam");
  other.handle("echo", (_, value) => value);
  const slow = near.play("cam");
  const first = slow.next();
  const quick = new Screen(near.play("cam"));
  await chat.lab.advance(500);
  await broadcast(chat, camera, 200);
  const answer = near.call("echo", [1]);
  assert.equal(await chat.lab.complete(answer, 1_000), 1, "calls are not held back");
  assert.equal(quick.take().length, 2_000);
  assert.equal((await first).value?.kind, "keyframe");
  const rest = new Screen(slow);
  await chat.lab.advance(1_000);
  const old = rest.take();
  assert.ok(old.length > 256 && old.length < 1_500, `${old.length} of 2000 were kept`);
  await broadcast(chat, camera, 2);
  camera.close();
  await chat.lab.complete(rest.done, 10_000);
  const lines = [...old, ...rest.take()];
  const gaps = lines.filter((line) => line.startsWith("!keyframe"));
  assert.ok(gaps.length > 0, "it says that something is missing");
  assert.ok(!lines.some((line) => line.startsWith("!inter")), "no picture without what it needs");
  assert.equal(lines.at(-1), "end");
  await chat.close();
});

test("who stops without having read leaves nothing at the publisher", async () => {
  const chat = await LabChat.start(9);
  const { other, near } = await chat.met();
  const camera = other.publish("cam");
  const playing = near.play("cam");
  const first = playing.next();
  await chat.lab.advance(500);
  await broadcast(chat, camera, 60);
  // These wait for ever if nobody takes them.
  for (let index = 0; index < 3_000; index += 1) camera.data("onText", "x".repeat(1_000));
  await chat.lab.complete(first, 500);
  await playing.return();
  await chat.lab.advance(2_000);
  const from = chat.lab.now;
  await chat.lab.complete(other.close(), 1_000);
  assert.ok(chat.lab.now - from < 200, `closing took ${chat.lab.now - from} ms`);
  await chat.close();
});

test("the publisher goes away: who plays gets what arrived, then CLOSED", async () => {
  const chat = await LabChat.start(10);
  const { other, near } = await chat.met();
  const camera = other.publish("cam");
  const screen = new Screen(near.play("cam"));
  await chat.lab.advance(500);
  send(camera, media.keyframe(0), media.inter(40));
  await chat.lab.complete(other.close(), 5_000);
  await chat.lab.complete(screen.done, 1_000);
  assert.deepEqual(screen.take(), ["keyframe 0", "inter 40", "CLOSED"]);
  await chat.close();
});

test("data arrives as it was sent, AMF and all", async () => {
  const chat = await LabChat.start(11);
  const { other, near } = await chat.met();
  const screen = new Screen(near.play("cam"));
  await chat.lab.advance(500);
  other.publish("cam").data("onCue", 1, { text: "x" });
  await chat.lab.advance(500);
  const [cue] = screen.messages;
  assert.equal(cue?.type, "data");
  assert.deepEqual(cue?.payload, encodeAmf0(["onCue", 1, { text: "x" }]));
  await chat.close();
});

function byText(one: string, other: string): number {
  return one < other ? -1 : 1;
}

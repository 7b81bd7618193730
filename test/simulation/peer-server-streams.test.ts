/** Streams on the server, published and played with the library. */
import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { test } from "node:test";
import type { PlayedMessage, Publication } from "../../peer/index.ts";
import { LabChat } from "../support/lab-chat.ts";
import { media } from "../support/media.ts";

const REASON = new Error("changed my mind");

async function kinds(messages: AsyncIterable<PlayedMessage>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { kind } of messages) seen.push(kind);
  return seen;
}

function streamNames(chat: LabChat): string[] {
  return chat.server.status.streams.map(({ name }) => name);
}

test("what one publishes on the server, another plays, also if it joins late", async () => {
  const chat = await LabChat.start(1);
  const [one, other] = [await chat.peer(), await chat.peer()];
  const camera = await chat.lab.complete(one.server.publish("cam"), 5_000);
  camera.metadata({ width: 320 });
  for (const message of [media.videoHeader(), media.keyframe(0), media.inter(40)]) {
    assert.equal(await chat.lab.complete(camera.forward(message).delivered, 1_000), true);
  }
  const playing = kinds(other.server.play("cam"));
  await chat.lab.advance(1_000);
  camera.forward(media.inter(80));
  await chat.lab.advance(500);
  camera.close();
  const seen = await chat.lab.complete(playing, 5_000);
  assert.deepEqual(seen, ["metadata", "video-header", "keyframe", "inter", "inter"]);
  await chat.lab.advance(1_000);
  assert.deepEqual(streamNames(chat), []);
  await chat.close();
});

test("a name that is taken: BAD_NAME, as often as one likes", async () => {
  const chat = await LabChat.start(2);
  const [one, other] = [await chat.peer(), await chat.peer()];
  const camera = await chat.lab.complete(one.server.publish("cam"), 5_000);
  for (let index = 0; index < 100; index += 1) {
    const refused = chat.lab.complete(other.server.publish("cam"), 1_000);
    await assert.rejects(refused, { code: "BAD_NAME", message: /already/ });
  }
  camera.close();
  await chat.lab.advance(500);
  assert.ok(await chat.lab.complete(other.server.publish("cam"), 1_000));
  await chat.close();
});

test("another takes the name: the publication is over, says why, and takes nothing more", async () => {
  const chat = await LabChat.start(8, {}, { takeover: "always" });
  const host = chat.host();
  const one = await chat.lab.complete(chat.connect(host), 5_000);
  const other = await chat.peer();
  const camera = await chat.lab.complete(one.server.publish("cam"), 5_000);
  assert.equal(await chat.lab.complete(camera.forward(media.keyframe(0)).delivered, 1_000), true);
  // So that it hears of it later than the other.
  host.down.set({ delayMs: 100 });
  await chat.lab.complete(other.server.publish("cam"), 5_000);
  assert.ok(camera.isOpen);
  const late = camera.forward(media.keyframe(40));
  const error = await chat.lab.complete(camera.closed, 1_000);
  assert.deepEqual([error?.code, camera.isOpen], ["BAD_NAME", false]);
  assert.match(error?.message ?? "", /published by another/);
  assert.equal(await chat.lab.complete(late.delivered, 1_000), false, "the server threw it away");
  assert.throws(() => camera.forward(media.inter(80)), {
    code: "CLOSED",
    message: /cam is not published any more: .*published by another/,
  });
  camera.close();
  const again = await chat.lab.complete(other.server.publish("cam2"), 5_000);
  again.close();
  assert.equal(await again.closed, undefined);
  await chat.close();
});

test("publishing stops with its signal at any time, and leaves nothing on the server", async () => {
  for (let afterMs = 0; afterMs <= 50; afterMs += 5) {
    const chat = await LabChat.start(3);
    const peer = await chat.peer();
    const stop = new AbortController();
    const outcome = peer.server.publish("cam", { signal: stop.signal }).then(
      (camera: Publication) => camera.close(),
      (error: unknown) => assert.equal(error, REASON),
    );
    await chat.lab.advance(afterMs);
    stop.abort(REASON);
    await chat.lab.complete(outcome, 1_000);
    await chat.lab.advance(500);
    assert.deepEqual(streamNames(chat), [], `after ${afterMs} ms`);
    await chat.close();
  }
});

test("playing stops with its signal, and leaves nothing on the server", async () => {
  const chat = await LabChat.start(4);
  const { server } = await chat.peer();
  for (const afterMs of [0, 10, 30, 200]) {
    const stop = new AbortController();
    const outcome = assert.rejects(kinds(server.play("cam", { signal: stop.signal })), REASON);
    await chat.lab.advance(afterMs);
    stop.abort(REASON);
    await chat.lab.complete(outcome, 100);
    await chat.lab.advance(500);
    assert.deepEqual(streamNames(chat), [], `after ${afterMs} ms`);
  }
  await chat.close();
});

test("what the server refuses to play: NOT_FOUND; more streams than it gives: also", async () => {
  const chat = await LabChat.start(5);
  const { server } = await chat.peer();
  await assert.rejects(chat.lab.complete(kinds(server.play("n".repeat(257))), 1_000), {
    code: "NOT_FOUND",
  });
  const stop = new AbortController();
  const { signal } = stop;
  setMaxListeners(100, signal);
  const waiting = Array.from({ length: 64 }, () => kinds(server.play("cam", { signal })));
  const all = Promise.allSettled(waiting);
  await chat.lab.advance(500);
  const oneMore = chat.lab.complete(kinds(server.play("cam")), 1_000);
  await assert.rejects(oneMore, { code: "NOT_FOUND" });
  await assert.rejects(chat.lab.complete(server.publish("x"), 1_000), { code: "CALL_FAILED" });
  stop.abort(REASON);
  await all;
  await chat.close();
});

test("the server goes away: players get CLOSED, and publishing rejects with it", async () => {
  const chat = await LabChat.start(6);
  const { server } = await chat.peer();
  const camera = await chat.lab.complete(server.publish("cam"), 5_000);
  const outcomes = Promise.allSettled([kinds(server.play("cam")), kinds(server.play("other"))]);
  await chat.lab.advance(500);
  const publishing = Promise.allSettled([server.publish("more")]);
  await chat.restart();
  const ends = [...(await outcomes), ...(await publishing)];
  for (const end of ends) {
    assert.equal(end.status === "rejected" ? end.reason.code : "fulfilled", "CLOSED");
  }
  assert.equal((await camera.closed)?.code, "CLOSED");
  assert.throws(() => camera.forward(media.keyframe(0)), { code: "CLOSED" });
  await assert.rejects(server.publish("cam"), { code: "CLOSED" });
  await chat.close();
});

test("a server that is too slow misses pictures, and the rest is never old", async () => {
  const chat = await LabChat.start(7);
  const host = chat.host();
  const one = await chat.lab.complete(chat.connect(host), 5_000);
  const other = await chat.peer();
  const camera = await chat.lab.complete(one.server.publish("cam"), 5_000);
  const delays: number[] = [];
  const playing = (async (): Promise<void> => {
    for await (const { timestampMs, type } of other.server.play("cam")) {
      if (type === "video") delays.push(chat.lab.now - timestampMs);
    }
  })();
  await chat.lab.advance(500);
  // Half of what is published gets through.
  host.up.set({ bytesPerSecond: 50_000 });
  for (let picture = 0; picture < 600; picture += 1) {
    const payload = new Uint8Array(4_000);
    payload[0] = picture % 25 === 0 ? 0x17 : 0x27;
    payload[1] = 1;
    camera.video(chat.lab.now, payload);
    await chat.lab.advance(40);
  }
  camera.close();
  await chat.lab.complete(playing, 20_000);
  assert.ok(delays.length > 50 && delays.length < 500, `${delays.length} of 600 arrived`);
  assert.ok(Math.max(...delays) < 5_000, `${Math.max(...delays)} ms old`);
  await chat.close();
});

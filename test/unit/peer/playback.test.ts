import assert from "node:assert/strict";
import { test } from "node:test";
import { Playback } from "../../../peer/streams/playback.ts";
import { failure, success } from "../../../protocol/tc/status.ts";
import { media } from "../../support/media.ts";

/** A playback, and what it asked of its source. */
function playback(): { readonly playback: Playback; readonly asked: string[] } {
  const asked: string[] = [];
  const one = new Playback();
  one.subscription = {
    pause: () => void asked.push("pause"),
    resume: () => void asked.push("resume"),
    close: () => void asked.push("close"),
  };
  return { playback: one, asked };
}

async function take(one: Playback, count: number): Promise<string[]> {
  const lines: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const message = await one.take({});
    lines.push(message ? `${message.afterGap ? "!" : ""}${message.kind}` : "end");
  }
  return lines;
}

test("messages come out in order; what is no media, or makes no sense, does not", async () => {
  const { playback: one } = playback();
  one.onMessage(media.data("|RtmpSampleAccess", true, true), false);
  one.onMessage({ ...media.data("x"), payload: new Uint8Array(0) }, false);
  one.onMessage({ ...media.audio(0), type: 4 }, false);
  for (const message of [media.data("onMetaData", {}), media.audioHeader(), media.keyframe(0)]) {
    one.onMessage(message, false);
  }
  assert.deepEqual(await take(one, 3), ["metadata", "audio-header", "keyframe"]);
});

test("the end comes after what arrived before it", async () => {
  const ends: readonly [(one: Playback) => void, object | undefined][] = [
    [(one) => one.onStatus(success("NetStream.Play.UnpublishNotify", "")), undefined],
    [(one) => one.onStatus(success("NetStream.Play.Stop", "")), undefined],
    [(one) => one.onStatus(failure("NetStream.Play.StreamNotFound", "")), { code: "NOT_FOUND" }],
    [(one) => one.onEnd(), { code: "CLOSED" }],
  ];
  for (const [end, error] of ends) {
    const { playback: one } = playback();
    one.onMessage(media.audio(0), false);
    one.onStatus(success("NetStream.Play.Start", ""));
    end(one);
    one.onEnd();
    assert.deepEqual(await take(one, 1), ["audio"]);
    for (let times = 0; times < 2; times += 1) {
      if (error) await assert.rejects(one.take({}), error);
      else assert.equal(await one.take({}), undefined);
    }
  }
});

test("after a gap in the video, no picture before a keyframe; audio goes on", async () => {
  const { playback: one } = playback();
  one.onMessage(media.keyframe(0), false);
  one.onMessage(media.inter(80), true);
  one.onMessage(media.audio(90), false);
  one.onMessage(media.inter(120), false);
  one.onMessage(media.keyframe(160), false);
  one.onMessage(media.inter(200), false);
  one.onMessage(media.audio(210), true);
  assert.deepEqual(await take(one, 5), ["keyframe", "audio", "!keyframe", "inter", "!audio"]);
});

test("who does not read holds the source back at 256 messages, and has 1024 at most", async () => {
  const { playback: one, asked } = playback();
  for (let index = 0; index < 255; index += 1) one.onMessage(media.audio(index), false);
  assert.deepEqual(asked, []);
  for (let index = 255; index < 2_000; index += 1) one.onMessage(media.audio(index), false);
  assert.deepEqual(asked, ["pause"]);
  assert.equal((await take(one, 1_024)).length, 1_024);
  const next = one.take({});
  assert.deepEqual(asked, ["pause", "resume"]);
  one.onMessage(media.audio(2_000), false);
  assert.equal((await next)?.afterGap, true, "what did not fit is a gap");
});

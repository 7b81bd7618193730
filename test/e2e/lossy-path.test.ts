/** A real clip over a bad path, in virtual time: what arrives can be decoded, and is never old. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { PeerSession, PlayedMessage, Publication } from "../../peer/index.ts";
import { FlvReader } from "../../protocol/flv/reader.ts";
import { encodeFlvHeader, encodeFlvTag, type FlvTag, FlvTagType } from "../../protocol/flv/tag.ts";
import { LabChat } from "../support/lab-chat.ts";
import { run } from "../support/run.ts";
import { findFfmpeg, makeClip } from "./support/ffmpeg.ts";

const SECONDS = 20;
const CALLS = 200;
const PATH_DELAY_MS = 50;

interface Case {
  readonly title: string;
  readonly loss: number;
  readonly deadlines: {
    readonly audioMs: number;
    readonly interMs: number;
    readonly keyframeMs: number;
  };
  readonly videoAtLeast: number;
  readonly audioAtLeast: number;
}

const cases: readonly Case[] = [
  {
    title: "5 % loss and 50 ms delay: nearly everything arrives in time",
    loss: 0.05,
    deadlines: { audioMs: 1_000, interMs: 1_000, keyframeMs: 3_000 },
    videoAtLeast: 0.95,
    audioAtLeast: 0.98,
  },
  {
    title: "10 % loss and tight deadlines: late pictures are skipped, not waited for",
    loss: 0.1,
    deadlines: { audioMs: 400, interMs: 400, keyframeMs: 800 },
    videoAtLeast: 0.2,
    audioAtLeast: 0.7,
  },
];

for (const { title, loss, deadlines, videoAtLeast, audioAtLeast } of cases) {
  test(title, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "rtmfp-lossy-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const tags = await clipTags(folder);
    const chat = await LabChat.start(7, { delayMs: PATH_DELAY_MS, loss });
    const publisher = await chat.peer({ deadlines });
    const player = await chat.peer();
    const noted: unknown[] = [];
    publisher.handle("note", (_session, number) => {
      noted.push(number);
      return number;
    });
    const session = await chat.lab.complete(player.session(publisher.id), 60_000);
    const camera = publisher.publish("cam");
    const received = receive(session, chat);
    const answers = callAll(session);
    await broadcast(tags, camera, chat);
    assert.deepEqual(await chat.lab.complete(answers, 60_000), numbers(CALLS));
    assert.deepEqual(noted, numbers(CALLS), "every command arrives, once and in order");
    const messages = await chat.lab.complete(received, 60_000);
    await chat.close();

    const share = (kinds: readonly string[], type: number): number =>
      messages.filter(({ message }) => kinds.includes(message.kind)).length /
      tags.filter((tag) => tag.type === type && !isHeader(tag)).length;
    const video = share(["keyframe", "inter"], FlvTagType.video);
    const audio = share(["audio"], FlvTagType.audio);
    t.diagnostic(`video ${(video * 100).toFixed(1)} %, audio ${(audio * 100).toFixed(1)} %`);
    assert.ok(video >= videoAtLeast && audio >= audioAtLeast, `video ${video}, audio ${audio}`);
    const oldestMs = Math.max(...messages.map(({ delayMs }) => delayMs));
    assert.ok(oldestMs <= deadlines.keyframeMs + 200, `${oldestMs} ms old`);
    await assertDecodable(folder, messages);
  });
}

interface Received {
  readonly message: PlayedMessage;
  /** From publication to arrival. */
  readonly delayMs: number;
}

async function clipTags(folder: string): Promise<FlvTag[]> {
  const clip = join(folder, "clip.flv");
  await makeClip(clip, { seconds: SECONDS });
  const reader = new FlvReader();
  reader.push(readFileSync(clip));
  const tags: FlvTag[] = [];
  for (let tag = reader.next(); tag; tag = reader.next()) tags.push(tag);
  return tags;
}

/** Publishes at the pace of the timestamps. */
async function broadcast(
  tags: readonly FlvTag[],
  camera: Publication,
  chat: LabChat,
): Promise<void> {
  await chat.lab.advance(1_000);
  const start = chat.lab.now;
  for (const { type, timestampMs, payload } of tags) {
    await chat.lab.run(start + timestampMs);
    camera.forward({ type, streamId: 0, timestampMs, payload });
  }
  await chat.lab.advance(5_000);
  camera.close();
}

async function receive(session: PeerSession, chat: LabChat): Promise<Received[]> {
  const received: Received[] = [];
  let start: number | undefined;
  for await (const message of session.play("cam")) {
    // Data before the metadata says how playing started, and is no part of the stream. Sound and
    // pictures have flows of their own: their headers may overtake metadata that was lost.
    const isNotice = message.type === "data" && message.kind !== "metadata";
    if (start === undefined && isNotice) continue;
    start ??= chat.lab.now - PATH_DELAY_MS;
    received.push({ message, delayMs: chat.lab.now - start - message.timestampMs });
  }
  return received;
}

function callAll(session: PeerSession): Promise<unknown[]> {
  return Promise.all(numbers(CALLS).map((number) => session.call("note", [number])));
}

/** No complaint of the decoder: every picture that arrived has all that it depends on. */
async function assertDecodable(folder: string, messages: readonly Received[]): Promise<void> {
  const file = join(folder, "received.flv");
  const types = { audio: FlvTagType.audio, video: FlvTagType.video, data: FlvTagType.data };
  const tags = messages.map(({ message: { type, timestampMs, payload } }) =>
    encodeFlvTag({ type: types[type], timestampMs, payload }),
  );
  const header = encodeFlvHeader({ hasAudio: true, hasVideo: true });
  writeFileSync(file, Buffer.concat([header, ...tags]));
  const outcome = await run(await findFfmpeg(), [
    "-nostdin",
    "-v",
    "error",
    "-i",
    file,
    "-f",
    "null",
    "-",
  ]);
  assert.equal(outcome.code, 0);
  assert.equal(outcome.stderr, "");
}

function isHeader({ payload }: FlvTag): boolean {
  return payload[1] === 0;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

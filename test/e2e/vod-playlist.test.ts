import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeUserControl } from "../../protocol/rtmp/user-control.ts";
import { notice } from "../../protocol/tc/command.ts";
import { Rendezvous } from "../../rendezvous/index.ts";
import { film, flvBytes } from "../support/flv-file.ts";
import { media } from "../support/media.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { RtmpCaller } from "../support/rtmp-caller.ts";
import { temporaryFolder } from "../support/temporary.ts";

test("a file, what is not there, a live stream, and a file again, one after another", async (t) => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, "live"));
  for (const [index, name] of ["first", "last"].entries()) {
    writeFileSync(join(root, `live/${name}.flv`), flvBytes(film(index + 1)));
  }
  const here = "127.0.0.1:0";
  const options = { rtmfp: here, rtmp: here, media: root, logger: silent, graceMs: 100 };
  const server = await Rendezvous.listen(options);
  t.after(() => server.close());
  const url = `rtmp://${server.addresses.rtmp[0]}`;
  const [player, publisher] = [
    await RtmpCaller.dial(url, "live"),
    await RtmpCaller.dial(url, "live"),
  ];
  t.after(() => Promise.all([player.close(), publisher.close()]));
  const notes = await player.play("first");
  const say = (name: string, ...args: (string | number | boolean)[]): void =>
    player.connection.net.command(notice(name, args), 1, 0);
  const ahead = encodeUserControl({ event: "setBufferLength", streamId: 1, bufferMs: 60_000 });
  player.connection.net.send(ahead, {}, 0);
  say("play", "none", 0, -1, false);
  say("play", "cam", -1, -1, false);
  say("play", "mp4:last", -2, -1, false);
  const until = async (code: string): Promise<void> => {
    for (let round = 0; notes.codes.at(-1) !== code; round += 1) {
      assert.ok(round < 4_000, `${code} does not come after ${notes.codes}`);
      await sleep(5);
    }
  };
  await until("Play.Start");
  while (server.status.streams.length === 0) await sleep(5);
  const [send] = await publisher.publish("cam");
  await until("Play.PublishNotify");
  send(media.keyframe(7));
  send(media.inter(47));
  while (notes.media.at(-1)?.timestampMs !== 47) await sleep(5);
  await publisher.close();
  await until("Play.Stop");
  const file = ["Play.StreamNotFound", "Play.Start"];
  const live = ["Play.PublishNotify", "Play.UnpublishNotify"];
  assert.deepEqual(notes.codes, [
    "Play.Reset",
    "Play.Start",
    ...file,
    ...live,
    "Play.Start",
    "Play.Stop",
  ]);
  const pictures = notes.media
    .filter(({ type }) => type === 9)
    .map((message) => message.timestampMs);
  const inFile = (seconds: number): number[] =>
    film(seconds)
      .filter(({ type }) => type === 9)
      .map(({ timestampMs }) => timestampMs);
  assert.deepEqual(pictures, [...inFile(1), 7, 47, ...inFile(2)]);
});

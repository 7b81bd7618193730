/**
 * Enhanced RTMP over real sockets, between clients of our own: the ffmpeg that distributions have by
 * now (5.1) does not speak it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { toHex } from "../../protocol/bytes/hex.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import { Rendezvous } from "../../rendezvous/index.ts";
import { enhanced } from "../support/enhanced-media.ts";
import { media } from "../support/media.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { RtmpCaller } from "../support/rtmp-caller.ts";
import { Client } from "../support/tc-stand.ts";

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("waited for 5 s");
    await sleep(5);
  }
}

function hex(messages: readonly Message[]): string[] {
  return messages.map(({ payload }) => toHex(payload));
}

const heads: readonly Message[] = [
  enhanced.audioStart("Opus"),
  enhanced.multichannel("Opus"),
  enhanced.audioTrackStart("ec-3", 1),
  enhanced.videoStart("av01"),
  enhanced.colorInfo("av01"),
  enhanced.trackStart("hvc1", 1),
];
const group: readonly Message[] = [
  enhanced.keyframe("av01", 0),
  enhanced.trackKeyframe("hvc1", 1, 0),
  enhanced.audio("Opus", 10),
  enhanced.inter("av01", 40),
  enhanced.modEx("av01", 80),
];

test("several tracks of new codecs reach those who play, and those who join late, byte by byte", async (t) => {
  const here = "127.0.0.1:0";
  const server = await Rendezvous.listen({ rtmfp: here, rtmp: here, logger: silent, graceMs: 100 });
  t.after(() => server.close());
  const url = `rtmp://${server.addresses.rtmp[0]}`;
  const dial = async (): Promise<RtmpCaller> => {
    const caller = await RtmpCaller.dial(
      url,
      "live",
      {},
      Object.assign(new Client(), { onReconnectRequest: () => undefined }),
    );
    t.after(() => caller.close());
    assert.deepEqual(caller.connection.serverCapabilities.codecs, ["*"]);
    assert.equal(caller.connection.serverCapabilities.capsEx, 15);
    return caller;
  };
  const early = await (await dial()).play("cam");
  const [send, published] = await (await dial()).publish("cam");
  await until(() => published.codes.includes("Publish.Start"));
  const metadata = media.data("@setDataFrame", "onMetaData", { videoTrackIdInfoMap: { 1: {} } });
  for (const message of [metadata, ...heads, ...group]) send(message);
  await until(() => early.media.length === heads.length + group.length);
  const late = await (await dial()).play("cam");
  await until(() => late.media.length === heads.length + group.length);
  assert.deepEqual(hex(early.media), hex([...heads, ...group]));
  assert.deepEqual(hex(late.media), hex([...heads, ...group]));
  assert.deepEqual(
    late.media.map(({ timestampMs }) => timestampMs).slice(-group.length),
    group.map(({ timestampMs }) => timestampMs),
  );
  assert.equal(late.messages.filter(({ type }) => type === 18).length, 2);
});

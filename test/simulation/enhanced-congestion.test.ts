import assert from "node:assert/strict";
import { test } from "node:test";
import { concat } from "../../protocol/bytes/concat.ts";
import { toHex } from "../../protocol/bytes/hex.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import { describeVideo } from "../../protocol/flv/video.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import { labConnectRtmp } from "../lab/node/rtmp.ts";
import { enhanced } from "../support/enhanced-media.ts";
import { ForwardLab } from "../support/forward-lab.ts";
import { RtmpCaller } from "../support/rtmp-caller.ts";

/* A player of an Enhanced RTMP stream whose line carries less than the stream for some time. */

const FRAME_MS = 40;
const GROUP = 50;
const FRAME_BYTES = 6_000;
const PADDING = new Uint8Array(FRAME_BYTES - 4);

/** A picture that says its number, and is as large as one. */
function numbered(message: Message, number: number): Message {
  const more = new Writer(FRAME_BYTES).put(PADDING).u32(number).bytes();
  return { ...message, timestampMs: number * FRAME_MS, payload: concat([message.payload, more]) };
}

function numberOf({ payload }: Message): number {
  return new DataView(payload.buffer, payload.byteOffset).getUint32(payload.length - 4);
}

/** What a publisher sends for one point in time: the leading track's picture first. */
type Pictures = (isKeyframe: boolean) => readonly Message[];

const streams: Readonly<Record<string, { starts(tag: number): Message[]; pictures: Pictures }>> = {
  "of HEVC": {
    starts: (tag) => [enhanced.videoStart("hvc1", tag), enhanced.colorInfo("hvc1", tag)],
    pictures: (isKey) => [isKey ? enhanced.keyframe("hvc1", 0) : enhanced.inter("hvc1", 0)],
  },
  "of AV1": {
    starts: (tag) => [enhanced.videoStart("av01", tag)],
    pictures: (isKey) => [isKey ? enhanced.keyframe("av01", 0) : enhanced.inter("av01", 0)],
  },
  "of two tracks, HEVC and AV1": {
    starts: (tag) => [enhanced.videoStart("hvc1", tag), enhanced.trackStart("av01", 1, tag)],
    pictures: (isKey) =>
      isKey
        ? [enhanced.keyframe("hvc1", 0), enhanced.trackKeyframe("av01", 1, 0)]
        : [enhanced.inter("hvc1", 0), enhanced.trackInter("av01", 1, 0)],
  },
};

for (const [what, { starts, pictures }] of Object.entries(streams)) {
  test(`a congested player of a stream ${what} misses whole groups, and no sequence start`, async () => {
    const world = new ForwardLab(1);
    const { lab } = world;
    const server = await world.server();
    const host = lab.host("10.0.2.1");
    const dialling = RtmpCaller.dial(server.url, "live", {}, undefined, labConnectRtmp(host));
    const caller = await lab.complete(dialling, 5_000);
    const notes = await lab.complete(caller.play("cam"), 5_000);
    const [send] = await world.publish(server, "cam");
    const tracks = pictures(true).length;
    const line = { bytesPerSecond: (FRAME_BYTES * tracks * 1_000) / FRAME_MS / 3 };
    for (let number = 0; number < 1_200; number += 1) {
      // From the second to the eighteenth second there is room for a third of it.
      if (number === 50) lab.path(server.host.ip, host.ip).set(line);
      if (number === 450)
        lab.path(server.host.ip, host.ip).set({ bytesPerSecond: Number.POSITIVE_INFINITY });
      // New ones while it is congested.
      if (number === 0 || number === 300) send(...starts(number === 0 ? 1 : 2));
      send(enhanced.audio("Opus", number % 256));
      send(...pictures(number % GROUP === 0).map((picture) => numbered(picture, number)));
      await lab.advance(FRAME_MS);
    }
    await lab.advance(2_000);
    const got = notes.media.map((message) => ({ message, ...describeVideo(message.payload) }));
    assert.equal(got.filter(({ message }) => message.type === 8).length, 1_200);
    const setups = got.filter(({ message, packet }) => message.type === 9 && packet !== "frames");
    const wanted = [...starts(1), ...starts(2)].map(({ payload }) => toHex(payload));
    assert.deepEqual(
      setups.map(({ message }) => toHex(message.payload)),
      wanted,
    );
    const shown = got.filter(({ message, packet }) => message.type === 9 && packet === "frames");
    assert.ok(shown.length < 1_050 * tracks, `${shown.length} pictures: nothing was congested`);
    assert.equal(numberOf(shown.at(-1)?.message as Message), 1_199);
    for (let track = 0; track < tracks; track += 1) {
      let last = -1;
      for (const { message } of shown.filter(({ trackIds }) => trackIds.includes(track))) {
        const number = numberOf(message);
        assert.ok(number === last + 1 || number % GROUP === 0, `${number} after ${last}`);
        last = number;
      }
    }
    await lab.complete(caller.close(), 5_000);
    await world.close();
  });
}

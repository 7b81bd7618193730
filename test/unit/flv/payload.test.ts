import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex } from "../../../protocol/bytes/hex.ts";
import { describeAudio } from "../../../protocol/flv/audio.ts";
import { describeVideo, type VideoFacts } from "../../../protocol/flv/video.ts";

const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");

/** [payload, what is not as in a plain inter frame] */
type VideoCase = readonly [title: string, hex: string, facts: Partial<VideoFacts>];

const plain: VideoFacts = {
  frameType: "inter",
  codec: "avc1",
  packet: "frames",
  isKeyframe: false,
  isSequenceHeader: false,
  isDisposable: false,
  compositionTimeMs: 0,
  trackIds: [0],
  timestampOffsetNs: 0,
};
const unknown: Partial<VideoFacts> = { frameType: "unknown", codec: undefined, packet: "unknown" };
const header: Partial<VideoFacts> = {
  frameType: "key",
  packet: "sequence-start",
  isSequenceHeader: true,
};
const key: Partial<VideoFacts> = { frameType: "key", isKeyframe: true };

const video: readonly VideoCase[] = [
  ["§E.4.3 an AVC sequence header is no keyframe", "17000000000142c01e", header],
  ["§E.4.3 an AVC keyframe", "1701000050aabb", { ...key, compositionTimeMs: 80 }],
  ["§E.4.3 composition time is signed", "2701ffffd8aabb", { compositionTimeMs: -40 }],
  ["§E.4.3 an AVC end of sequence", "1702000000", { frameType: "key", packet: "sequence-end" }],
  ["§E.4.3 an AVC packet type past 2", "1703000000", { frameType: "key", packet: "unknown" }],
  ["§E.4.3 a disposable frame", "3701000000aa", { frameType: "disposable", isDisposable: true }],
  ["§E.4.3 a Sorenson keyframe", "12", { ...key, codec: "sorenson-h263" }],
  [
    "§E.4.3 a disposable Sorenson frame",
    "32aa",
    { frameType: "disposable", codec: "sorenson-h263", isDisposable: true },
  ],
  [
    "§E.4.3 a generated keyframe",
    "42aa",
    { frameType: "generated-key", codec: "sorenson-h263", isKeyframe: true },
  ],
  ["§E.4.3 a command frame", "5701", { frameType: "command", packet: "command" }],
  ["§E.4.3 an unassigned codec", "1faa", { frameType: "key", codec: undefined, packet: "unknown" }],
  ["§E.4.3 an unassigned frame type", "0701000000aa", { frameType: "unknown" }],
  ["legacy HEVC of cameras", "1c0100000aaa", { ...key, codec: "hvc1", compositionTimeMs: 10 }],
  ["no bytes", "", unknown],
  ["AVC cut off after the packet type", "1701", unknown],
  ["E-RTMP v1 an HEVC sequence start", `90${ascii("hvc1")}01`, { ...header, codec: "hvc1" }],
  [
    "E-RTMP v1 HEVC coded frames",
    `91${ascii("hvc1")}fffffeaa`,
    { ...key, codec: "hvc1", compositionTimeMs: -2 },
  ],
  ["E-RTMP v1 HEVC without composition time", `a3${ascii("hvc1")}fffffeaa`, { codec: "hvc1" }],
  [
    "E-RTMP v1 AV1 has no composition time",
    `91${ascii("av01")}fffffeaa`,
    { ...key, codec: "av01" },
  ],
  [
    "E-RTMP v1 metadata",
    `94${ascii("hvc1")}02`,
    { frameType: "key", codec: "hvc1", packet: "metadata" },
  ],
  ["E-RTMP v1 an MPEG-2 TS sequence start", `95${ascii("av01")}02`, { ...header, codec: "av01" }],
  ["E-RTMP v1 cut off inside the FourCC", "90687663", unknown],
  [
    "E-RTMP v2 a command has no FourCC",
    "d100",
    { frameType: "command", codec: undefined, packet: "command" },
  ],
  [
    "E-RTMP v2 ModEx with a timestamp offset before coded frames",
    `a7020f423f01${ascii("av01")}aa`,
    { codec: "av01", timestampOffsetNs: 999_999 },
  ],
  ["E-RTMP v2 ModEx that nobody knows", `a7020000ff11${ascii("av01")}aa`, { codec: "av01" }],
  ["E-RTMP v2 ModEx of a millisecond", `a7020f424001${ascii("av01")}aa`, unknown],
  ["E-RTMP v2 ModEx cut off", "a702000000", unknown],
  ["E-RTMP v2 a timestamp offset cut off", `a7010000${"01"}${ascii("av01")}aa`, unknown],
  [
    "E-RTMP v2 ModEx before one of several tracks",
    `97020001000601${ascii("hvc1")}05000028aa`,
    { ...key, codec: "hvc1", compositionTimeMs: 40, trackIds: [5], timestampOffsetNs: 256 },
  ],
  [
    "E-RTMP v2 two ModEx, one of 256 bytes or more",
    `a7ff00ff${"00".repeat(256)}1702000007${"03"}${ascii("av01")}aa`,
    { codec: "av01", timestampOffsetNs: 7 },
  ],
  ["E-RTMP v2 one track", `9600${ascii("avc1")}07aa`, { ...header, trackIds: [7] }],
  [
    "E-RTMP v2 two tracks",
    `9611${ascii("avc1")}00000004000028aa01000003000000`,
    { ...key, compositionTimeMs: 40, trackIds: [0, 1] },
  ],
  [
    "E-RTMP v2 two tracks, two codecs",
    `9620${ascii("hvc1")}02000001aa${ascii("vp09")}03000000`,
    { ...header, codec: "hvc1", trackIds: [2, 3] },
  ],
  ["E-RTMP v2 multitrack without tracks", `9611${ascii("avc1")}`, unknown],
  ["E-RTMP v2 more tracks than ids", `9611${ascii("avc1")}${"00000000".repeat(257)}`, unknown],
  ["E-RTMP v2 an unknown multitrack layout", `9631${ascii("avc1")}`, unknown],
];

for (const [title, hex, facts] of video) {
  test(`video: ${title}`, () => {
    assert.deepEqual(describeVideo(fromHex(hex)), { ...plain, ...facts });
  });
}

/** [payload, codec, packet, tracks, timestamp offset if there is one] */
const audio: readonly [title: string, hex: string, ...facts: unknown[]][] = [
  ["§E.4.2 an AAC sequence header", "af001210", "mp4a", "sequence-start", [0]],
  ["§E.4.2 AAC frames", "af01aa", "mp4a", "frames", [0]],
  ["§E.4.2 AAC without a packet type", "af", undefined, "unknown", [0]],
  ["§E.4.2 an unassigned AAC packet type", "af02", "mp4a", "unknown", [0]],
  ["§E.4.2 MP3", "2faa", ".mp3", "frames", [0]],
  ["§E.4.2 Speex, one byte", "b6", "speex", "frames", [0]],
  ["§E.4.2 an unassigned format", "c0", undefined, "unknown", [0]],
  ["silence: no bytes", "", undefined, "unknown", [0]],
  ["E-RTMP v2 an Opus sequence start", `90${ascii("Opus")}01`, "Opus", "sequence-start", [0]],
  ["E-RTMP v2 FLAC frames", `91${ascii("fLaC")}aa`, "fLaC", "frames", [0]],
  ["E-RTMP v2 a sequence end", `92${ascii("ac-3")}`, "ac-3", "sequence-end", [0]],
  [
    "E-RTMP v2 a multichannel configuration",
    `94${ascii("ac-3")}0102`,
    "ac-3",
    "multichannel-config",
    [0],
  ],
  ["E-RTMP v2 ModEx before frames", `97020000ff01${ascii("Opus")}aa`, "Opus", "frames", [0], 255],
  ["E-RTMP v2 AC-3", `91${ascii("ac-3")}aa`, "ac-3", "frames", [0]],
  ["E-RTMP v2 E-AC-3", `91${ascii("ec-3")}aa`, "ec-3", "frames", [0]],
  ["E-RTMP v2 MP3", `91${ascii(".mp3")}aa`, ".mp3", "frames", [0]],
  ["E-RTMP v2 AAC by FourCC", `90${ascii("mp4a")}1210`, "mp4a", "sequence-start", [0]],
  ["E-RTMP v2 silence", `91${ascii("Opus")}`, "Opus", "frames", [0]],
  [
    "E-RTMP v2 two tracks, two codecs",
    `9520${ascii("Opus")}00000001aa${ascii("mp4a")}01000001bb`,
    "Opus",
    "sequence-start",
    [0, 1],
  ],
  ["E-RTMP v2 one track", `9501${ascii("Opus")}05aa`, "Opus", "frames", [5]],
  ["E-RTMP v2 cut off", "914f70", undefined, "unknown", [0]],
];

for (const [title, hex, codec, packet, trackIds, timestampOffsetNs = 0] of audio) {
  test(`audio: ${title}`, () => {
    const isSequenceHeader = packet === "sequence-start";
    const facts = { codec, packet, isSequenceHeader, trackIds, timestampOffsetNs };
    assert.deepEqual(describeAudio(fromHex(hex)), facts);
  });
}

test("any payload has facts", () => {
  const starts = fc.constantFrom(0x17, 0x90, 0x96, 0x97, 0x95, 0xaf, 0xa7, 0xd1);
  fc.assert(
    fc.property(starts, fc.uint8Array({ maxLength: 40 }), (first, rest) => {
      const payload = Uint8Array.of(first, ...rest);
      assert.ok(describeVideo(payload).trackIds.length > 0);
      assert.ok(describeAudio(payload).trackIds.length > 0);
    }),
    { numRuns: 2000 },
  );
});

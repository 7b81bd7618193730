import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat } from "../../../protocol/bytes/concat.ts";
import { readMetadata } from "../../../protocol/flv/keyframe-index.ts";
import { describeVideo } from "../../../protocol/flv/video.ts";
import { boxesIn, readBoxHeader } from "../../../protocol/mp4/box.ts";
import { configurationTag, metadataTag, sampleTag } from "../../../protocol/mp4/flv-tags.ts";
import { decodeMovie } from "../../../protocol/mp4/movie.ts";
import type { Sample, Track } from "../../../protocol/mp4/track.ts";
import { orMalformed } from "../../support/errors.ts";
import { AVCC, audible, box, bytes, moov, type TrackPlan, visual } from "../../support/mp4-file.ts";

/** Six pictures, two of them reordered, of 40 ms each in two chunks; as encoders make it. */
const PICTURES: TrackPlan = {
  timescale: 25,
  sizes: [100, 10, 20, 30, 200, 40],
  stts: [[6, 1]],
  ctts: [
    [1, 1],
    [1, 3],
    [1, 0],
    [3, 1],
  ],
  stss: [1, 5],
  stsc: [
    [1, 4],
    [2, 2],
  ],
  stco: [1_000, 5_000],
  elst: [[240, 1]],
};
/** Three of 1 024 units, the first in front of what is heard. */
const SOUNDS: TrackPlan = {
  stsd: audible(),
  timescale: 44_100,
  sizes: [7, 8, 9],
  stts: [[3, 1_024]],
  stsc: [[1, 1]],
  co64: [2_000, 6_000, 0x1_0000_0000],
  elst: [[46, 1_024]],
};

function samplesOf(track: Track | undefined): Sample[] {
  assert.ok(track);
  return Array.from({ length: track.count }, (_, index) => track.at(index)).filter((one) => !!one);
}

function malformed(plan: Uint8Array, why: RegExp): void {
  assert.throws(() => decodeMovie(plan), { code: "MALFORMED", message: why });
}

test("§8.6 §8.7 the tables of a track say where, when and what its samples are", () => {
  const { tracks, durationMs } = decodeMovie(moov(PICTURES, SOUNDS));
  const [video, audio] = tracks;
  assert.deepEqual(samplesOf(video), [
    { position: 1_000, size: 100, decodeMs: 0, compositionMs: 40, isSync: true },
    { position: 1_100, size: 10, decodeMs: 40, compositionMs: 120, isSync: false },
    { position: 1_110, size: 20, decodeMs: 80, compositionMs: 0, isSync: false },
    { position: 1_130, size: 30, decodeMs: 120, compositionMs: 40, isSync: false },
    { position: 5_000, size: 200, decodeMs: 160, compositionMs: 40, isSync: true },
    { position: 5_200, size: 40, decodeMs: 200, compositionMs: 40, isSync: false },
  ]);
  // Shown from 0 on: the first picture is decoded 40 ms before, the first sound begins 23 ms before.
  const sounds = samplesOf(audio).map(({ position, decodeMs }) => [position, decodeMs]);
  assert.deepEqual(sounds, [
    [2_000, 17],
    [6_000, 40],
    [0x1_0000_0000, 63],
  ]);
  assert.equal(durationMs, 200);
});

test("§8.6.6 empty edits delay a track, and later edits do not cut it", () => {
  const late: TrackPlan = {
    ...SOUNDS,
    elst: [
      [500, -1],
      [20, 0],
      [20, 1_024],
    ],
  };
  const [, audio] = decodeMovie(moov({ ...PICTURES, elst: undefined }, late)).tracks;
  assert.deepEqual(
    samplesOf(audio).map(({ decodeMs }) => decodeMs),
    [500, 523, 546],
  );
});

test("§8.6.6 what is cut off at both ends is not played, but for what decoders need", () => {
  const long: TrackPlan = {
    timescale: 25,
    sizes: new Array(100).fill(1),
    stts: [[100, 1]],
    stss: [1, 26, 51, 76],
    stsc: [[1, 100]],
    stco: [0],
    elst: [[1_000, 30]],
  };
  const [video] = decodeMovie(moov(long)).tracks;
  const samples = samplesOf(video);
  // From the keyframe before picture 30 to the last before picture 55.
  assert.deepEqual([samples[0]?.position, samples.at(-1)?.position], [25, 55]);
  assert.equal(samples[0]?.decodeMs, 0);
  // Sound is there from where pictures are decoded, and a little before.
  const sound: TrackPlan = {
    ...{ stsd: audible(), timescale: 1_000, sizes: new Array(100).fill(1), stts: [[100, 40]] },
    ...{ stsc: [[1, 100]], stco: [0], elst: [[1_000, 1_200]] },
  };
  for (const plans of [
    [long, sound],
    [sound, long],
  ]) {
    const both = decodeMovie(moov(...plans)).tracks.map((track) => track.at(0));
    assert.deepEqual(
      both.map((sample) => [sample?.position, sample?.decodeMs]),
      [
        [25, 80],
        [23, 0],
      ],
    );
  }
});

test("negative composition times: no picture is decoded after it is shown", () => {
  const plan: TrackPlan = {
    ...PICTURES,
    ctts: [
      [1, 0],
      [1, 2],
      [1, -1],
      [3, 0],
    ],
    elst: undefined,
  };
  const [video, audio] = decodeMovie(moov(plan, { ...SOUNDS, elst: undefined })).tracks;
  const samples = samplesOf(video);
  assert.ok(samples.every(({ compositionMs }) => compositionMs >= 0));
  const shown = samples.map(({ decodeMs, compositionMs }) => decodeMs + compositionMs);
  assert.deepEqual(shown, [40, 160, 80, 160, 200, 240]);
  assert.equal(audio?.at(0)?.decodeMs, 40);
});

test("playing starts with a sync sample", () => {
  const [video, audio] = decodeMovie(moov(PICTURES, SOUNDS)).tracks;
  const starts = [0, 159, 160, 9_999].map((timeMs) => video?.syncBefore(timeMs));
  assert.deepEqual(starts, [0, 0, 4, 4]);
  assert.deepEqual([audio?.firstFrom(40), audio?.firstFrom(41), audio?.firstFrom(64)], [1, 2, 3]);
  assert.equal(audio?.syncBefore(50), 1);
});

test("of several tracks the first of each kind that can be played is", () => {
  const foreign = { ...PICTURES, stsd: visual("mp4v", box("esds", 0)) };
  const mp3 = { ...SOUNDS, stsd: audible(0x6b) };
  const { tracks } = decodeMovie(moov(foreign, mp3, SOUNDS, PICTURES, SOUNDS));
  assert.deepEqual(
    tracks.map(({ codec }) => codec.fourCc),
    ["avc1", "mp4a"],
  );
  malformed(moov(foreign, mp3), /nothing/);
  malformed(concat([moov(PICTURES), box("mvex")]), /fragments/);
});

test("FLV E.4.3 and Enhanced RTMP: what a sample is in a tag", () => {
  const movie = decodeMovie(moov(PICTURES, SOUNDS));
  const [video, audio] = movie.tracks;
  assert.ok(video && audio);
  const tagOf = (track: Track): Uint8Array =>
    sampleTag(track.codec, samplesOf(track)[1] as Sample, bytes(1, 2)).payload;
  assert.deepEqual(configurationTag(video.codec, 5).payload, bytes(0x17, 0, 0, 0, 0, ...AVCC));
  assert.deepEqual(configurationTag(audio.codec, 5).payload, bytes(0xaf, 0, 0x12, 0x10));
  assert.deepEqual(tagOf(video), bytes(0x27, 1, 0, 0, 120, 1, 2));
  assert.deepEqual(tagOf(audio), bytes(0xaf, 1, 1, 2));
  const { duration, width, height, stereo } = readMetadata(metadataTag(movie).payload) ?? {};
  assert.deepEqual([duration, width, height, stereo], [0.2, 320, 180, true]);
  for (const [entry, configuration, codec] of [
    ["hev1", "hvcC", "hvc1"],
    ["av01", "av1C", "av01"],
  ] as const) {
    const stsd = visual(entry, box(configuration, bytes(1, 2, 3)));
    const [track] = decodeMovie(moov({ ...PICTURES, stsd })).tracks;
    assert.ok(track);
    const start = describeVideo(configurationTag(track.codec, 0).payload);
    assert.deepEqual(
      [start.codec, start.packet, start.isKeyframe],
      [codec, "sequence-start", false],
    );
    const picture = describeVideo(tagOf(track));
    const compositionTimeMs = codec === "hvc1" ? 120 : 0;
    assert.deepEqual([picture.packet, picture.compositionTimeMs], ["frames", compositionTimeMs]);
  }
});

test("tables that contradict each other, and numbers without measure, are malformed", () => {
  malformed(moov({ ...PICTURES, stsc: [[1, 1]] }), /in no chunk/);
  malformed(moov({ ...PICTURES, stss: [5, 1] }), /out of order/);
  malformed(moov({ ...PICTURES, stss: [7] }), /out of order/);
  malformed(moov({ ...PICTURES, timescale: 0 }), /stands still/);
  malformed(moov({ ...PICTURES, sizes: [0x100_0000], stts: [] }), /a sample of/);
  malformed(moov({ ...PICTURES, stts: [[6, 0xffff_ffff]], elst: undefined }), /timestamps/);
  malformed(moov({ ...PICTURES, stco: undefined }), /no box "co64"/);
  malformed(moov(...new Array<TrackPlan>(65).fill(PICTURES)), /65 tracks/);
  const many = box("stbl", visual("avc1", box("avcC", AVCC)), box("stsz", 0, 1, 0xffff_ffff));
  const trak = box("trak", box("mdia", box("mdhd", 0, 0, 0, 1), box("minf", many)));
  malformed(concat([moov(), trak]), /too many/);
});

test("§8.6.1.2 a list of times that is a little short goes on as before", () => {
  const [video] = decodeMovie(moov({ ...PICTURES, stts: [[2, 2]], elst: undefined })).tracks;
  assert.deepEqual(
    samplesOf(video).map(({ decodeMs }) => decodeMs),
    [0, 80, 160, 240, 320, 400],
  );
});

test("§4.2 boxes of 64 bits, up to the end, and longer than their place", () => {
  const large = concat([bytes(0, 0, 0, 1), new TextEncoder().encode("mdat"), bytes(0, 0, 0, 1)]);
  const header = readBoxHeader(concat([large, bytes(0, 0, 0, 20)]));
  assert.deepEqual(header, { type: "mdat", headerBytes: 16, size: 0x1_0000_0014 });
  const open = concat([bytes(0, 0, 0, 0), new TextEncoder().encode("free"), bytes(1, 2)]);
  assert.deepEqual([...boxesIn(open)], [{ type: "free", body: bytes(1, 2) }]);
  assert.throws(() => [...boxesIn(concat([bytes(0, 0, 0, 99), open.slice(4)]))], {
    code: "MALFORMED",
  });
  assert.throws(() => readBoxHeader(concat([bytes(0, 0, 0, 7), open.slice(4)])), {
    code: "MALFORMED",
  });
});

test("whatever has changed in it, or is missing, it is a movie or malformed", () => {
  const whole = moov(PICTURES, SOUNDS);
  for (let length = 0; length < whole.length; length += 1) {
    orMalformed(() => decodeMovie(whole.subarray(0, length)));
  }
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const changed = whole.slice();
      for (const [at, value] of changes) changed[at] = value;
      orMalformed(() => {
        const movie = decodeMovie(changed);
        for (const track of movie.tracks) {
          const times = samplesOf(track).map(({ decodeMs }) => decodeMs);
          assert.ok(times.every((time, index) => time >= (times[index - 1] ?? 0)));
          assert.ok(track.firstFrom(50) <= track.count && track.syncBefore(50) <= track.count);
        }
      });
    }),
    { numRuns: 500 },
  );
});

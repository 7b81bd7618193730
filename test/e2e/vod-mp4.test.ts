import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FlvReader } from "../../protocol/flv/reader.ts";
import { type FlvTag, FlvTagType } from "../../protocol/flv/tag.ts";
import { Rendezvous } from "../../rendezvous/index.ts";
import { flvBytes } from "../support/flv-file.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { type Outcome, run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { findFfmpeg, type PacketHash, packetHashes } from "./support/ffmpeg.ts";

/*
 * Real programs play MP4 files; what they get is compared packet by packet, times included, with what
 * ffmpeg makes of the file when it writes it as FLV.
 */

const ffmpeg = await findFfmpeg();
const SECONDS = 6;

const H264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "25"];
const REORDERED = [...H264, "-bf", "3", "-b_strategy", "0", "-sc_threshold", "0", "-threads", "1"];
const AAC = ["-c:a", "aac", "-b:a", "64k"];

/** What encoders make of it: by what it is to show, the arguments of ffmpeg. */
const films: Readonly<Record<string, readonly string[]>> = {
  "with reordered pictures and an edit list": [...REORDERED, ...AAC],
  "with its list of samples in front": [...REORDERED, ...AAC, "-movflags", "faststart"],
  "without an edit list": [...REORDERED, ...AAC, "-use_editlist", "0"],
  "with negative composition times": [
    ...[...REORDERED, ...AAC, "-movflags", "negative_cts_offsets", "-use_editlist", "0"],
  ],
  "of QuickTime": [...REORDERED, ...AAC, "-f", "mov"],
  "of pictures alone": [...H264, "-an"],
  "of sound alone": ["-vn", ...AAC],
};

interface Stand {
  readonly url: string;
  readonly folder: string;
  readonly film: string;
  readonly played: string;
}

async function serve(t: TestContext, encoding: readonly string[]): Promise<Stand> {
  const folder = temporaryFolder(t);
  const media = join(folder, "media");
  mkdirSync(join(media, "vod"), { recursive: true });
  const film = join(media, "vod/film.mp4");
  const pictures = `testsrc2=size=320x180:rate=25:duration=${SECONDS}`;
  const sound = `sine=frequency=440:sample_rate=44100:duration=${SECONDS}`;
  const inputs = ["-f", "lavfi", "-i", pictures, "-f", "lavfi", "-i", sound];
  await must(ffmpeg, ...QUIET, ...inputs, ...encoding, film);
  const here = "127.0.0.1:0";
  // Debian's librtmp cannot do TLS 1.3.
  const tls = { maxVersion: "TLSv1.2" } as const;
  const options = { rtmfp: here, rtmp: here, media, tls, logger: silent, graceMs: 100 };
  const server = await Rendezvous.listen(options);
  t.after(() => server.close());
  const [host = ""] = server.addresses.rtmp;
  return { url: `rtmp://${host}/vod`, folder, film, played: join(folder, "played.flv") };
}

const DATA = FlvTagType.data;
/** When it writes FLV, ffmpeg marks the end of the pictures behind all. */
const MARK = 5;
const QUIET = ["-nostdin", "-v", "error", "-y"];

function tool(command: string, ...args: string[]): Promise<Outcome> {
  return run(command, args, { timeoutMs: 20_000 });
}

async function must(command: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await tool(command, ...args);
  assert.equal(code, 0, `${command} ${args.join(" ")}: ${stderr}`);
}

function ofKind(packets: readonly PacketHash[], stream: number): readonly PacketHash[] {
  return packets.filter((packet) => packet.stream === stream);
}

/** What was played is what ffmpeg makes of the film, times included. */
async function assertSame({ film, folder, played }: Stand): Promise<void> {
  const reference = join(folder, "reference.flv");
  await must(ffmpeg, ...QUIET, "-i", film, "-c", "copy", reference);
  const [got, wanted] = await Promise.all([packetHashes(played), packetHashes(reference)]);
  const source = await packetHashes(film);
  for (const stream of [0, 1]) {
    assert.deepEqual(ofKind(got, stream), ofKind(wanted, stream));
    const hashes = ofKind(source, stream).map(({ hash }) => hash);
    assert.deepEqual(
      ofKind(got, stream).map(({ hash }) => hash),
      hashes,
    );
  }
  const media = tagsOf(played).filter(
    ({ type, payload }) => type !== DATA && payload.length > MARK,
  );
  const times = media.map(({ timestampMs }) => timestampMs);
  assert.deepEqual(
    times,
    times.toSorted((one, other) => one - other),
  );
}

/** The number of the first picture that was played. */
async function firstPicture({ film, played }: Stand): Promise<number> {
  const pictures = ofKind(await packetHashes(film), 0).map(({ hash }) => hash);
  // rtmpdump gives the metadata a time, and ffmpeg takes such for a stream of its own.
  const [first = -1] = (await packetHashes(played))
    .map(({ hash }) => pictures.indexOf(hash))
    .filter((index) => index >= 0);
  return first;
}

function tagsOf(path: string): FlvTag[] {
  const reader = new FlvReader();
  reader.push(new Uint8Array(readFileSync(path)));
  const tags: FlvTag[] = [];
  for (let tag = reader.next(); tag; tag = reader.next()) tags.push(tag);
  return tags;
}

for (const [what, encoding] of Object.entries(films)) {
  test(`rtmpdump and ffmpeg play a film ${what}, and end when it ends`, async (t) => {
    const stand = await serve(t, encoding);
    const { url, played } = stand;
    await must("rtmpdump", "-q", "-r", `${url}/film.mp4`, "-o", played);
    await assertSame(stand);
    await must(ffmpeg, ...QUIET, "-i", `${url}/mp4:film.mp4`, "-c", "copy", played);
    await assertSame(stand);
  });
}

test("rtmpdump plays it over every form of RTMP", async (t) => {
  const stand = await serve(t, [...REORDERED, ...AAC]);
  for (const scheme of ["rtmpe", "rtmpt", "rtmpte", "rtmps", "rtmpts"]) {
    const url = `${stand.url.replace("rtmp:", `${scheme}:`)}/film.mp4`;
    await must("rtmpdump", "-q", "-r", url, "-o", stand.played);
    await assertSame(stand);
  }
});

test("GStreamer plays it, under each of its names", async (t) => {
  const stand = await serve(t, [...REORDERED, ...AAC]);
  const { url, played } = stand;
  for (const name of ["film", "film.mp4", "mp4:film", "mp4:film.mp4"]) {
    const source = ["rtmp2src", `location=${url}/${name}`];
    await must("gst-launch-1.0", "-q", ...source, "!", "filesink", `location=${played}`);
    await assertSame(stand);
  }
});

test("rtmpdump plays a part with --start, and resumes where it broke off", async (t) => {
  const stand = await serve(t, [...REORDERED, ...AAC]);
  const { url, played } = stand;
  const dump = ["-q", "-r", `${url}/film.mp4`, "-o", played];
  await must("rtmpdump", ...dump, "--start", "3");
  assert.equal(await firstPicture(stand), 75);
  await must("rtmpdump", ...dump);
  const tags = tagsOf(played);
  writeFileSync(played, flvBytes(tags.slice(0, Math.floor(tags.length * 0.6))));
  await must("rtmpdump", ...dump, "--resume");
  await assertSame(stand);
});

test("ffmpeg seeks in it", async (t) => {
  const stand = await serve(t, [...REORDERED, ...AAC]);
  const { url, played } = stand;
  const input = ["-rtmp_live", "recorded", "-ss", "3.5", "-i", `${url}/film.mp4`];
  await must(ffmpeg, ...QUIET, ...input, "-c", "copy", played);
  assert.equal(await firstPicture(stand), 75);
});

test("a file of fragments, and one that was not finished, are not played", async (t) => {
  const { url, played, film } = await serve(t, [...H264, ...AAC, "-movflags", "frag_keyframe"]);
  const play = [...QUIET, "-i", `${url}/film.mp4`, "-c", "copy", played];
  assert.match((await tool(ffmpeg, ...play)).stderr, /The recording cannot be read/);
  writeFileSync(film, readFileSync(film).subarray(0, 20_000));
  assert.match((await tool(ffmpeg, ...play)).stderr, /The recording cannot be read/);
});

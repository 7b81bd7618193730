import assert from "node:assert/strict";
import { readdirSync, renameSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import { StreamDirectory } from "../../../rendezvous/media/stream-directory.ts";
import { Recorder, type RecordingOptions } from "../../../rendezvous/recording/recorder.ts";
import { film } from "../../support/flv-file.ts";
import { eventually, temporaryFolder } from "../../support/temporary.ts";

interface Stand {
  readonly streams: StreamDirectory;
  readonly recorder: Recorder;
  /** Publishes a second of something; answers how to end it. */
  publish(app: string, name: string, type?: string): () => void;
  /** All files, in folders. */
  files(): readonly string[];
  /** Names that cannot be those of files. */
  readonly unrecordable: string[];
  /** What was repaired. */
  readonly repaired: string[];
  /** Some seconds pass. */
  ring(): void;
}

const START = Date.UTC(2026, 10, 21, 15, 30, 9);

function stand(
  t: TestContext,
  options: Partial<RecordingOptions> = {},
  wallClock: () => number = () => START,
): Stand {
  const { directory = temporaryFolder(t) } = options;
  const streams = new StreamDirectory();
  const unrecordable: string[] = [];
  const repaired: string[] = [];
  let ring = (): void => undefined;
  const recorder = new Recorder(
    { directory, ...options },
    {
      streams,
      turn: (change) => change(0),
      wallClock,
      alarm: (rings) => {
        ring = rings;
        return { set: () => undefined };
      },
      onUnrecordable: (_app, name) => unrecordable.push(name),
      onRepaired: (file) => repaired.push(file),
      onError: (error) => assert.fail(String(error)),
    },
  );
  streams.watch(recorder);
  return {
    streams,
    recorder,
    unrecordable,
    repaired,
    ring: () => ring(),
    publish: (app, name, type) => {
      const publisher = streams.publish(app, name, 0, undefined, type);
      assert.ok("write" in publisher);
      for (const tag of film(1)) publisher.write({ ...tag, streamId: 1 }, 0);
      return () => publisher.end(0);
    },
    files: () =>
      readdirSync(directory, { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".flv"))
        .sort((one, other) => (one < other ? -1 : 1)),
  };
}

test("each publication has a file of its own, complete when it ends or the server does", async (t) => {
  const { streams, recorder, publish, files } = stand(t);
  publish("live", "cam")();
  publish("live", "cam")();
  publish("a/b", "deep/cam");
  await recorder.close();
  assert.deepEqual(files(), [
    "a/b/deep/cam-20261121T153009Z.flv",
    "live/cam-20261121T153009Z-2.flv",
    "live/cam-20261121T153009Z.flv",
  ]);
  assert.equal(streams.size, 1, "the recorder plays nothing any more");
});

test("what is published to be recorded, if no more is wanted", async (t) => {
  const { recorder, publish, files } = stand(t, { streams: "asked" });
  publish("live", "one")();
  publish("live", "two", "live")();
  publish("live", "three", "record")();
  publish("live", "four", "append")();
  await recorder.close();
  assert.deepEqual(files(), ["live/four-20261121T153009Z.flv", "live/three-20261121T153009Z.flv"]);
});

test("a name that leads elsewhere is live, and not recorded", async (t) => {
  const { recorder, publish, files, unrecordable } = stand(t);
  const names = [
    "../cam",
    "/etc/cam",
    ".cam",
    "a\0",
    "a\\b",
    "n".repeat(226),
    "\u00fc".repeat(113),
  ];
  for (const name of names) publish("live", name)();
  publish("..", "cam")();
  await recorder.close();
  assert.deepEqual(files(), []);
  assert.deepEqual(unrecordable, [...names, "cam"]);
});

test("the longest name has a file, also when it is the hundredth of its second", async (t) => {
  const { recorder, publish, files } = stand(t);
  for (let count = 0; count < 100; count += 1) publish("live", "n".repeat(225))();
  await recorder.close();
  assert.equal(files().length, 100);
});

test("publications that follow each other within a second have files of their own", async (t) => {
  const { recorder, publish, files } = stand(t);
  for (let count = 1; count <= 3; count += 1) {
    publish("live", "cam")();
    await eventually(() => files().length === count && !files().some((path) => PART.test(path)));
  }
  await recorder.close();
  assert.equal(files().length, 3);
});

test("what one server records, another with the same folder does not repair", async (t) => {
  const directory = temporaryFolder(t);
  const first = stand(t, { directory });
  const end = first.publish("live", "cam");
  await eventually(() => first.files().length === 1);
  const path = join(directory, first.files()[0] ?? "");
  utimesSync(path, 0, 0);
  first.ring();
  await eventually(() => statSync(path).mtimeMs > 0);
  let now = Date.now();
  const second = stand(t, { directory }, () => now);
  await second.recorder.repair();
  now += 14_000;
  second.ring();
  end();
  await first.recorder.close();
  await second.recorder.close();
  assert.deepEqual(second.repaired, []);
  assert.deepEqual(first.files(), ["live/cam-20261121T153009Z.flv"]);
});

test("what a crash has left is repaired when its writer has been silent for some time", async (t) => {
  const directory = temporaryFolder(t);
  const crashed = stand(t, { directory });
  crashed.publish("live", "cam");
  await crashed.recorder.close();
  const path = join(directory, "live/cam-20261121T153009Z");
  renameSync(`${path}.flv`, `${path}.part.flv`);
  let now = Date.now();
  const { recorder, repaired, ring } = stand(t, { directory }, () => now);
  await recorder.repair();
  assert.deepEqual(repaired, []);
  now += 16_000;
  ring();
  await eventually(() => repaired.length === 1);
  assert.deepEqual(repaired, [`${path}.flv`]);
  await recorder.close();
});

const PART = /\.part\.flv$/;

test("a description that cannot be written is left out, and the recording goes on", async (t) => {
  const { streams, recorder, files } = stand(t);
  const publisher = streams.publish("live", "cam", 0);
  assert.ok("write" in publisher);
  // {x: ByteArray} in an ECMA array.
  const values = [0x08, 0, 0, 0, 1, 0, 1, 0x78, 0x11, 0x0c, 0x03, 0x41, 0, 0, 0x09];
  const payload = Uint8Array.of(...encodeAmf0(["onMetaData"]), ...values);
  publisher.write({ type: MessageType.dataAmf0, streamId: 1, timestampMs: 0, payload }, 0);
  for (const tag of film(1).slice(1)) publisher.write({ ...tag, streamId: 1 }, 0);
  publisher.end(0);
  await recorder.close();
  assert.deepEqual(files(), ["live/cam-20261121T153009Z.flv"]);
});

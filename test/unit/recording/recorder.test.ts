import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { StreamDirectory } from "../../../rendezvous/media/stream-directory.ts";
import { Recorder, type RecordingOptions } from "../../../rendezvous/recording/recorder.ts";
import { film } from "../../support/flv-file.ts";
import { temporaryFolder } from "../../support/temporary.ts";

interface Stand {
  readonly streams: StreamDirectory;
  readonly recorder: Recorder;
  /** Publishes a second of something; answers how to end it. */
  publish(app: string, name: string, type?: string): () => void;
  /** All files, in folders. */
  files(): readonly string[];
}

function stand(t: TestContext, options: Partial<RecordingOptions> = {}): Stand {
  const directory = temporaryFolder(t);
  const streams = new StreamDirectory();
  const recorder = new Recorder(
    { directory, ...options },
    {
      streams,
      turn: (change) => change(0),
      wallClock: () => Date.UTC(2026, 10, 21, 15, 30, 9),
      onError: (error) => assert.fail(String(error)),
    },
  );
  streams.watch(recorder);
  return {
    streams,
    recorder,
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
  const { recorder, publish, files } = stand(t);
  for (const name of ["../cam", "/etc/cam", ".cam", "a\0", "a\\b"]) publish("live", name)();
  publish("..", "cam")();
  await recorder.close();
  assert.deepEqual(files(), []);
});

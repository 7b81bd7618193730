import assert from "node:assert/strict";
import { test } from "node:test";
import type { AmfValue } from "../../../protocol/amf/value.ts";
import { encodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import { notice } from "../../../protocol/tc/command.ts";
import type { Playback, Recorded, RecordedOutlet } from "../../../protocol/tc/playback.ts";
import { readPlayRequest } from "../../../protocol/tc/playback.ts";
import { success } from "../../../protocol/tc/status.ts";
import { media } from "../../support/media.ts";
import { Stand, type StreamNotes } from "../../support/tc-stand.ts";

function stand(): Stand {
  return new Stand().connect();
}

/** Says something on the first stream of a client. */
function say(made: Stand, name: string, ...args: AmfValue[]): void {
  made.caller.net.command(notice(name, args), 1, 0);
  made.line.carry();
}

function codes(notes: StreamNotes): string[] {
  return notes.codes.splice(0);
}

/** Somebody plays "cam", which a stream of the server's own publishes. */
function watching(): { made: Stand; notes: StreamNotes; write: (at: number) => string[] } {
  const made = stand();
  const { notes } = made.playing("cam");
  const publisher = made.server.streams.at("cam").publish(0);
  assert.ok(publisher);
  publisher.write(media.videoHeader(), 0);
  publisher.write(media.keyframe(0), 0);
  made.line.carry();
  notes.messages.length = 0;
  codes(notes);
  const write = (at: number): string[] => {
    publisher.write(at % 100 === 0 ? media.keyframe(at) : media.inter(at), 0);
    publisher.write(media.audio(at), 0);
    made.line.carry();
    return notes.media.splice(0).map(({ type, timestampMs }) => `${type} ${timestampMs}`);
  };
  return {
    made,
    notes,
    write: (at) => {
      const got = write(at);
      notes.messages.length = 0;
      return got;
    },
  };
}

test("§7.2.2.1 where to start: seconds, milliseconds, what is live, whatever there is", () => {
  const from = (...args: AmfValue[]): unknown => readPlayRequest(["x", ...args]).from;
  assert.deepEqual(
    [-1, -1_000, -2, -2_000, undefined, null, Number.NaN, 0, 4_000].map((start) => from(start)),
    ["live", "live", "any", "any", "any", "any", "any", 0, 4_000],
  );
  const all = readPlayRequest(["x", 5, 1_000, false]);
  assert.deepEqual(all, { name: "x", from: 5, durationMs: 1_000, isReset: false });
  assert.deepEqual(readPlayRequest([7, 5, -1]), {
    name: "",
    from: 5,
    durationMs: undefined,
    isReset: true,
  });
});

test("§7.2.2.5 who wants no video gets sounds alone, and goes on with a keyframe", () => {
  const { made, notes, write } = watching();
  say(made, "receiveVideo", false);
  assert.deepEqual(write(140), ["8 140"]);
  assert.deepEqual(write(200), ["8 200"]);
  say(made, "receiveVideo", true);
  assert.deepEqual(codes(notes), ["Play.Start"]);
  assert.deepEqual(write(240), ["8 240"]);
  assert.deepEqual(write(300), ["9 300", "8 300"]);
  assert.deepEqual(write(340), ["9 340", "8 340"]);
});

test("§7.2.2.4 who wants no audio gets pictures alone, until it does", () => {
  const { made, notes, write } = watching();
  say(made, "receiveAudio", false);
  assert.deepEqual(write(20), ["9 20"]);
  say(made, "receiveAudio", true);
  say(made, "receiveAudio", true);
  assert.deepEqual(codes(notes), ["Play.Start"]);
  assert.deepEqual(write(40), ["9 40", "8 40"]);
});

test("§7.2.2.9 who pauses gets nothing, and joins again as a newcomer does", () => {
  const { made, notes, write } = watching();
  say(made, "pause", true, 0);
  say(made, "pause", true, 0);
  assert.deepEqual(write(20), []);
  assert.equal(made.server.streams.at("cam").playerCount, 0);
  say(made, "pause", false, 20);
  say(made, "pause", false, 20);
  assert.deepEqual(codes(notes), [
    "Pause.Notify",
    "Pause.Notify",
    "Unpause.Notify",
    "Play.PublishNotify",
    "Unpause.Notify",
  ]);
  assert.equal(made.server.streams.at("cam").playerCount, 1);
  const caughtUp = notes.media.splice(0).map(({ timestampMs }) => timestampMs);
  assert.deepEqual(caughtUp, [0, 0, 20, 20]);
});

test("§7.2.2.8 nobody seeks in what is live", () => {
  const { made, notes } = watching();
  say(made, "seek", 4_000);
  assert.deepEqual(codes(notes), ["Seek.Failed"]);
});

test("what is said of a stream that does nothing is heard, and comes to nothing", () => {
  const made = stand();
  const { notes } = made.stream();
  say(made, "pause", true, 0);
  say(made, "seek", 4_000);
  say(made, "receiveAudio", false);
  say(made, "play2", null);
  assert.deepEqual([notes.codes, made.server.calls], [[], []]);
});

test("play2 changes the stream, unless there is nothing to change to", () => {
  const { made, notes } = watching();
  say(made, "play2", { streamName: "", transition: "switch" });
  assert.deepEqual(codes(notes), ["Play.StreamNotFound"]);
  assert.equal(made.server.streams.at("cam").playerCount, 1);
  say(made, "play2", { streamName: "low", transition: "switch" });
  assert.deepEqual(codes(notes), ["Play.Transition", "Play.Start"]);
  assert.equal(made.server.streams.at("cam").playerCount, 0);
  assert.equal(made.server.streams.at("low").playerCount, 1);
  say(made, "play2", { streamName: "cam", transition: "reset" });
  assert.deepEqual(codes(notes), [
    "Play.Transition",
    "Play.Reset",
    "Play.Start",
    "Play.PublishNotify",
  ]);
  say(made, "play2", { transition: "stop" });
  assert.equal(made.server.streams.at("cam").playerCount, 0);
});

test("who stops publishing is told so, by closeStream and by FCUnpublish", () => {
  const made = stand();
  const { stream, notes } = made.publishing("cam?key=1");
  say(made, "closeStream");
  assert.deepEqual(codes(notes), ["Publish.Start", "Unpublish.Success"]);
  say(made, "closeStream");
  assert.deepEqual(codes(notes), []);
  stream.publish("cam?key=1", 0);
  made.line.carry();
  assert.ok(made.call("FCUnpublish", "other")?.isResult);
  assert.ok(made.server.streams.at("cam?key=1").isLive);
  assert.ok(made.call("FCUnpublish", "cam?key=1")?.isResult);
  assert.ok(!made.server.streams.at("cam?key=1").isLive);
  assert.deepEqual(codes(notes), ["Publish.Start", "Unpublish.Success"]);
});

test("encoders of Flash's time wait for notices", () => {
  const made = stand();
  for (const name of ["releaseStream", "FCPublish", "FCSubscribe", "_checkbw"]) {
    made.call(name, "cam");
  }
  assert.deepEqual(made.client.calls, ["onFCPublish", "onFCSubscribe"]);
});

test("a recording hears all that its client asks for", () => {
  const heard: string[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): void => {
      heard.push([name, ...args.slice(0, -1)].join(" "));
    };
  const playback: Playback = {
    isOver: false,
    pause: note("pause"),
    seek: note("seek"),
    receive: note("receive"),
    setBufferLength: note("buffer"),
    onWritable: note("writable"),
    stop: note("stop"),
  };
  const recorded: Recorded = {
    playRecorded(outlet: RecordedOutlet, request, now) {
      heard.push(`play ${request.name} ${request.from} ${outlet.streamId} ${outlet.unsentBytes}`);
      outlet.status(success("NetStream.Play.Start", ""), now);
      outlet.send(media.audio(7), {}, now);
      return playback;
    },
  };
  const made = stand();
  made.server.onPlay = () => recorded as never;
  const { notes } = made.playing("clip");
  assert.deepEqual([codes(notes), notes.media.length], [["Play.Start"], 1]);
  say(made, "pause", true, 9);
  say(made, "seek", 4_000);
  say(made, "receiveVideo", false);
  made.caller.net.send(
    encodeUserControl({ event: "setBufferLength", streamId: 1, bufferMs: 3_000 }),
    {},
    0,
  );
  made.line.carry();
  made.connection.onWritable(0);
  say(made, "closeStream");
  assert.deepEqual(heard, [
    "play clip any 1 0",
    "pause true 9",
    "seek 4000",
    "receive video false",
    "buffer 3000",
    "writable",
    "stop",
  ]);
});

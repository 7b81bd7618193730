import assert from "node:assert/strict";
import { test } from "node:test";
import type { AmfValue } from "../../../protocol/amf/value.ts";
import { encodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import { notice } from "../../../protocol/tc/command.ts";
import type { Recorded } from "../../../protocol/tc/playback.ts";
import { success } from "../../../protocol/tc/status.ts";
import { isLimit } from "../../../protocol/tc/transport.ts";
import { FlowLine } from "../../support/flow-line.ts";
import { media, Notes } from "../../support/media.ts";
import { Stand, type StreamNotes } from "../../support/tc-stand.ts";

/** Says something on the first stream of a client. */
function say(made: Stand, name: string, ...args: AmfValue[]): void {
  made.caller.net.command(notice(name, args), 1, 0);
  made.line.carry();
}

function codes(notes: StreamNotes): string[] {
  return notes.codes.splice(0);
}

/** A server whose recordings end when the test says so, and a client that plays "one". */
function programme(): {
  made: Stand;
  notes: StreamNotes;
  play: (name: string, isReset?: boolean) => void;
  /** Of recordings that play, by name: what ends them. */
  ends: Map<string, () => void>;
  stopped: string[];
  /** What recordings were told of their player. */
  wishes: string[];
} {
  const made = new Stand().connect();
  const ends = new Map<string, () => void>();
  const stopped: string[] = [];
  const wishes: string[] = [];
  const recorded = (name: string): Recorded => ({
    playRecorded: (outlet, request, now) => {
      outlet.status(success("NetStream.Play.Start", ""), now);
      assert.equal(request.name, name);
      let isOver = false;
      const end = (): void => {
        isOver = true;
        if (!outlet.hasNext) outlet.status(success("NetStream.Play.Stop", ""), now);
        outlet.end(now);
        made.line.carry();
      };
      ends.set(name, end);
      if (name.startsWith("broken")) end();
      return {
        ...IDLE,
        get isOver() {
          return isOver;
        },
        receive: (kind, isWanted) => void wishes.push(`${kind} ${isWanted}`),
        setBufferLength: (bufferMs) => void wishes.push(`buffer ${bufferMs}`),
        stop: () => void stopped.push(name),
      };
    },
  });
  const live = made.server.onPlay.bind(made.server);
  made.server.onPlay = (name) =>
    name === "" || name.startsWith("cam") ? live(name) : (recorded(name) as never);
  const { notes } = made.playing("one");
  assert.deepEqual(codes(notes), ["Play.Start"]);
  const play = (name: string, isReset = false): void => say(made, "play", name, -2, -1, isReset);
  return { made, notes, play, ends, stopped, wishes };
}

const IDLE = {
  pause: () => undefined,
  seek: () => undefined,
  onWritable: () => undefined,
} as const;

test("§7.2.2.1 what does not reset is played after what is played, in its order", () => {
  const { notes, play, ends, stopped } = programme();
  play("two");
  play("broken");
  play("");
  play("three");
  assert.deepEqual(codes(notes), []);
  ends.get("one")?.();
  assert.deepEqual([codes(notes), stopped], [["Play.Start"], ["one"]]);
  ends.get("one")?.();
  assert.deepEqual(codes(notes), [], "what has ended ends nothing else");
  ends.get("two")?.();
  assert.deepEqual(codes(notes), ["Play.Start", "Play.StreamNotFound", "Play.Start"]);
  const told = notes.messages.filter(({ type }) => type === 18);
  assert.equal(told.length, 4, "each change is told, also to what cannot be played");
  ends.get("three")?.();
  assert.deepEqual(codes(notes), ["Play.Stop"]);
  play("four");
  assert.deepEqual(codes(notes), ["Play.Start"], "behind the end it starts at once");
  assert.deepEqual(stopped, ["one", "two", "broken", "three"]);
});

test("§7.2.2.1 live streams have their place in the list, and their end is the publisher's", () => {
  const { made, notes, play, ends } = programme();
  const { streams } = made.server;
  play("cam");
  play("cam2");
  ends.get("one")?.();
  assert.deepEqual([codes(notes), streams.at("cam").playerCount], [["Play.Start"], 1]);
  const publisher = streams.at("cam").publish(0);
  publisher?.end(0);
  made.line.carry();
  const changed = ["Play.PublishNotify", "Play.UnpublishNotify", "Play.Start"];
  assert.deepEqual(codes(notes), changed);
  assert.deepEqual([streams.at("cam").playerCount, streams.at("cam2").playerCount], [0, 1]);
  streams.at("cam2").publish(0)?.end(0);
  play("cam2");
  play("cam2");
  streams.at("cam2").publish(0)?.end(0);
  made.line.carry();
  // The same name once more is another stream: it does not end with this one.
  assert.equal(streams.at("cam2").playerCount, 1);
  assert.equal(codes(notes).filter((code) => code === "Play.Start").length, 2);
});

test("§7.1.7 §7.2.2.5 how much a player keeps, and what it wants, holds for all of the list", () => {
  const { made, notes, play, ends, wishes } = programme();
  play("two");
  play("cam");
  say(made, "receiveVideo", false);
  const bufferMs = 9_000;
  const length = encodeUserControl({ event: "setBufferLength", streamId: 1, bufferMs });
  made.caller.net.send(length, {}, 0);
  made.line.carry();
  const said = ["video false", "buffer 9000"];
  assert.deepEqual(wishes.splice(0), said);
  ends.get("one")?.();
  assert.deepEqual(wishes.splice(0), said);
  ends.get("two")?.();
  const publisher = made.server.streams.at("cam").publish(0);
  publisher?.write(media.keyframe(0), 0);
  publisher?.write(media.audio(0), 0);
  made.line.carry();
  assert.deepEqual(
    notes.media.map(({ type }) => type),
    [8],
  );
  play("three", true);
  assert.deepEqual(wishes.splice(0), said, "also for what begins anew");
  say(made, "closeStream");
  play("four", true);
  assert.deepEqual(wishes, [], "until the stream is closed");
});

test("§7.1.7 §7.2.2.5 what is said before the server starts processing the stream counts", () => {
  const { made, wishes } = programme();
  const { stream } = made.stream();
  const length = { event: "setBufferLength", streamId: stream.id, bufferMs: 9_000 } as const;
  made.caller.net.send(encodeUserControl(length), {}, 0);
  made.caller.net.command(notice("receiveAudio", [false]), stream.id, 0);
  stream.play("one", 0);
  made.line.carry();
  assert.deepEqual(wishes, ["buffer 9000", "audio false"]);
  const publisher = made.server.streams.at("cam").publish(0);
  for (const message of [media.keyframe(0), media.audio(1)]) publisher?.write(message, 0);
  const { stream: mute, notes } = made.stream();
  made.caller.net.command(notice("receiveVideo", [false]), mute.id, 0);
  mute.play("cam", 0);
  made.line.carry();
  assert.deepEqual(
    notes.media.map(({ type }) => type),
    [8],
  );
});

test("§7.2.2.1 what resets, publishes or stops empties the list, which has a limit", () => {
  const { made, notes, play, ends, stopped } = programme();
  for (let count = 0; count < 65; count += 1) play("more");
  assert.deepEqual(codes(notes), ["Play.Failed"]);
  play("other", true);
  assert.deepEqual([codes(notes), stopped], [["Play.Start"], ["one"]]);
  say(made, "play2", { streamName: "last", transition: "append" });
  ends.get("other")?.();
  ends.get("last")?.();
  assert.deepEqual(codes(notes), ["Play.Start", "Play.Stop"]);
  play("again", true);
  play("never");
  say(made, "closeStream");
  ends.get("again")?.();
  assert.ok(!ends.has("never"));
});

test("§7.2.2.1 a player for whom the next of its list cannot be queued is cut off, and nobody else notices", async () => {
  const line = await FlowLine.open();
  const made = new Stand(line).connect();
  const { streams } = made.server;
  const { notes } = made.playing("cam");
  say(made, "play", "cam2", -2, -1, false);
  const other = new Notes();
  streams.at("cam").play(other, line.lab.now);
  const publisher = streams.at("cam").publish(line.lab.now);
  for (const length of [60_000, 1]) {
    const filler = media.data("x".repeat(length));
    assert.throws(() => {
      for (let sent = 0; sent < 10_000; sent += 1) made.connection.net.send(filler, {}, 0);
    }, isLimit);
  }
  publisher?.end(line.lab.now);
  assert.deepEqual(other.take(), ["publish", "unpublish"]);
  assert.deepEqual([made.server.ends, streams.at("cam").isIdle], [1, false]);
  assert.equal(streams.at("cam2").playerCount, 0, "it plays nothing more");
  await line.lab.runUntil(() => notes.ends === 1, 60_000);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { MalformedError } from "../../../protocol/errors.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import type { Playable, Publisher } from "../../../protocol/tc/live-stream.ts";
import type { Status } from "../../../protocol/tc/status.ts";
import { StreamSender } from "../../../protocol/tc/stream-sender.ts";
import { StreamDirectory } from "../../../rendezvous/media/stream-directory.ts";
import { media, Notes } from "../../support/media.ts";

const player = new StreamSender("cam", 1, 0, {
  send: () => undefined,
  synchronize: () => undefined,
});

function granted<Grant extends Publisher | Playable>(answer: Grant | Status): Grant {
  assert.ok(!("code" in answer));
  return answer;
}

function codeOf(answer: Publisher | Playable | Status): string {
  assert.ok("code" in answer);
  return answer.code;
}

test("a stream lasts as long as somebody publishes or plays it", () => {
  const directory = new StreamDirectory();
  const publisher = granted(directory.publish("live", "cam", 0));
  const stop = granted(directory.play("live", "cam")).play(player, 0);
  assert.deepEqual([...directory.list()], [{ app: "live", name: "cam", isLive: true, players: 1 }]);
  publisher.end(1);
  assert.deepEqual(
    [...directory.list()],
    [{ app: "live", name: "cam", isLive: false, players: 1 }],
  );
  stop();
  assert.equal(directory.size, 0);
  stop();
  publisher.end(2);
  assert.equal(directory.size, 0);
});

test("what ends late does not end what came after it", () => {
  const directory = new StreamDirectory();
  const first = granted(directory.publish("live", "cam", 0));
  first.end(1);
  granted(directory.publish("live", "cam", 2));
  first.end(3);
  assert.equal(codeOf(directory.publish("live", "cam", 4)), "NetStream.Publish.BadName");
});

test("more streams than the limit are refused, known ones are not", () => {
  const directory = new StreamDirectory({ maxStreams: 2 });
  const one = granted(directory.publish("live", "one", 0));
  granted(directory.publish("live", "other", 0));
  assert.equal(codeOf(directory.publish("live", "third", 0)), "NetStream.Publish.BadName");
  granted(directory.play("live", "one")).play(player, 0)();
  one.end(1);
  granted(directory.publish("live", "third", 0));
  assert.equal(codeOf(directory.publish("live", "one", 0)), "NetStream.Publish.BadName");
  assert.equal(directory.size, 2);
});

test("who waits for what nobody publishes keeps nobody from publishing", () => {
  const directory = new StreamDirectory({ maxStreams: 2, maxAwaited: 2 });
  const players = ["a", "b"].map((name) => granted(directory.play("live", name)));
  const late = granted(directory.play("live", "late"));
  const stops = players.map((playable) => playable.play(player, 0));
  late.play(player, 0)();
  assert.equal(codeOf(directory.play("live", "c")), "NetStream.Play.Failed");
  assert.equal(directory.size, 2);
  granted(directory.play("live", "a")).play(player, 0)();
  granted(directory.publish("live", "cam", 0));
  granted(directory.play("live", "cam")).play(player, 0);
  const awaited = granted(directory.publish("live", "a", 0));
  assert.equal(codeOf(directory.publish("live", "b", 0)), "NetStream.Publish.BadName");
  const stop = granted(directory.play("live", "c")).play(player, 0);
  awaited.end(1);
  assert.equal(codeOf(directory.play("live", "d")), "NetStream.Play.Failed");
  for (const leave of [...stops, stop]) leave();
  assert.equal(directory.size, 1);
  granted(directory.play("live", "d"));
});

test("a name is neither empty nor enormous", () => {
  const directory = new StreamDirectory();
  for (const name of ["", "x".repeat(257)]) {
    assert.equal(codeOf(directory.play("live", name)), "NetStream.Play.Failed");
    assert.equal(codeOf(directory.publish("live", name, 0)), "NetStream.Publish.BadName");
  }
});

test("media that makes no sense is its connection's to count", () => {
  const directory = new StreamDirectory();
  const publisher = granted(directory.publish("live", "cam", 0));
  const payload = Uint8Array.of(0xff);
  const message = { type: MessageType.dataAmf0, streamId: 1, timestampMs: 0, payload };
  assert.throws(() => publisher.write(message, 0), MalformedError);
  assert.ok(directory.isLive("live", "cam"));
});

test("all streams together keep 256 MiB for those who join late, and no more", () => {
  const directory = new StreamDirectory();
  // With its bookkeeping 4 MiB; the same bytes for all of them.
  const payload = new Uint8Array(4_194_304 - 512);
  payload.set([0x17, 1]);
  const keyframe = { type: MessageType.video, streamId: 1, timestampMs: 0, payload };
  const publish = (index: number): Publisher => {
    const publisher = granted(directory.publish("live", `${index}`, 0));
    publisher.write(keyframe, 0);
    return publisher;
  };
  const joining = (index: number): string[] => {
    const notes = new Notes();
    granted(directory.play("live", `${index}`)).play(notes, 0)();
    return notes.take();
  };
  const publishers = Array.from({ length: 65 }, (_, index) => publish(index));
  assert.deepEqual(joining(63), ["publish", "+keyframe 0"]);
  assert.deepEqual(joining(64), ["publish"]);
  publishers[0]?.end(0);
  publishers[64]?.write(keyframe, 0);
  assert.deepEqual(joining(64), ["publish", "+keyframe 0"]);
});

test("who comes back while the old connection looks alive takes over once that was silent for 5 s", () => {
  const directory = new StreamDirectory();
  const failed: string[] = [];
  const fail = (status: Status, now: number): void => {
    failed.push(`${status.code} ${now}`);
  };
  const first = granted(directory.publish("live", "cam", 0, fail));
  first.write(media.audio(0), 1_000);
  assert.equal(codeOf(directory.publish("live", "cam", 5_999)), "NetStream.Publish.BadName");
  const second = granted(directory.publish("live", "cam", 6_000));
  assert.deepEqual(failed, ["NetStream.Publish.BadName 6000"]);
  first.end(6_001);
  assert.deepEqual(first.write(media.audio(0), 6_002), []);
  assert.equal(directory.size, 1);
  second.end(7_000);
  assert.equal(directory.size, 0);
});

test("takeover: always, or never", () => {
  const always = new StreamDirectory({ takeover: "always" });
  granted(always.publish("live", "cam", 0));
  granted(always.publish("live", "cam", 0));
  const never = new StreamDirectory({ takeover: "never" });
  granted(never.publish("live", "cam", 0));
  assert.equal(codeOf(never.publish("live", "cam", 1e9)), "NetStream.Publish.BadName");
});

test("players learn once that their publisher has fallen silent", () => {
  const directory = new StreamDirectory();
  assert.equal(directory.timeout, Number.POSITIVE_INFINITY);
  const publisher = granted(directory.publish("live", "cam", 0));
  const dry: number[] = [];
  const notes = Object.assign(new Notes(), { onDry: (now: number) => dry.push(now) });
  granted(directory.play("live", "cam")).play(notes, 0);
  const run = (until: number): void => {
    while (directory.timeout <= until) directory.advance(directory.timeout);
  };
  run(4_999);
  publisher.write(media.audio(0), 4_999);
  run(20_000);
  assert.deepEqual(dry, [10_000]);
  publisher.write(media.audio(0), 20_000);
  run(30_000);
  assert.deepEqual(dry, [10_000, 25_000]);
  publisher.end(30_000);
  directory.advance(40_000);
  assert.equal(directory.timeout, Number.POSITIVE_INFINITY);
});

test("for whom a stream is wanted: players of one's own, and servers for others", () => {
  const directory = new StreamDirectory();
  const told: string[] = [];
  directory.watch({
    onPublish: () => undefined,
    onUnpublish: () => undefined,
    onPlayers: (app, name) => told.push(`${app} ${name}`),
  });
  const [guest, other] = [{ paths: [["a"], ["a", "b"]] }, { paths: [] as string[][] }];
  const wanted = (): unknown => directory.wantedFor("live", "cam");
  assert.deepEqual(wanted(), []);
  const leave = granted(directory.play("live", "cam", guest)).play(new Notes(), 0);
  granted(directory.play("live", "cam", other)).play(new Notes(), 0);
  granted(directory.play("live", "else", other)).play(new Notes(), 0);
  assert.deepEqual(wanted(), [["a"], ["a", "b"]]);
  const leaveOwn = granted(directory.play("live", "cam")).play(player, 0);
  assert.deepEqual(wanted(), [[], ["a"], ["a", "b"]]);
  leaveOwn();
  leave();
  assert.deepEqual(wanted(), []);
  told.length = 0;
  other.paths = [["c"]];
  directory.noteGuest(guest);
  assert.deepEqual(told, []);
  directory.noteGuest(other);
  assert.deepEqual([told, wanted()], [["live cam", "live else"], [["c"]]]);
});

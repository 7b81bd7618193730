import assert from "node:assert/strict";
import { test } from "node:test";
import { type AmfObject, isAmfObject } from "../../../protocol/amf/value.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import { type Command, decodeCommand, notice } from "../../../protocol/tc/command.ts";
import { failure } from "../../../protocol/tc/status.ts";
import { orMalformed } from "../../support/errors.ts";
import { media, Notes } from "../../support/media.ts";
import { Stand } from "../../support/tc-stand.ts";

function stand(): Stand {
  return new Stand().connect();
}

test("§7.2.1 whoever does not start with connect is sent away, and reaches nothing", () => {
  const made = new Stand();
  const reply = made.call("known");
  assert.ok(reply && !reply.isResult && reply.status.description === "connect first");
  assert.deepEqual([made.server.calls, made.server.ends], [[], 1]);
  made.caller.net.onEnd(0);
});

test("§7.2.1.1 a second connect is an error, and nobody is asked about it", () => {
  const made = stand();
  made.connect();
  const [, second] = made.replies;
  assert.ok(second && !second.isResult && second.status.description === "connected already");
  assert.equal(made.server.requests.length, 1);
  assert.ok(made.call("createStream")?.isResult);
});

test("§7.2.1.1 a connect without a command object is one without an app", () => {
  const made = new Stand();
  made.caller.net.command({ name: "connect", transactionId: 1, object: null, args: [] }, 0, 0);
  made.line.carry();
  assert.deepEqual([made.server.requests[0]?.app, made.server.requests[0]?.tcUrl], ["", ""]);
});

test("librtmfp gives no command a transaction ID, and waits for the answers to connect and createStream", () => {
  const made = new Stand();
  const heard: Message[] = [];
  made.line.one.handler = { onMessage: (message) => heard.push(message), onEnd: () => undefined };
  const say = (name: string, object: AmfObject | null): (Command | undefined)[] => {
    made.caller.net.command({ name, transactionId: 0, object, args: [] }, 0, 0);
    made.line.carry();
    return heard.splice(0).map(decodeCommand);
  };
  const [connected] = say("connect", { app: "live", objectEncoding: 3 });
  const info = connected?.args[0];
  assert.deepEqual([connected?.name, connected?.transactionId], ["_result", 0]);
  assert.ok(isAmfObject(info) && info.code === "NetConnection.Connect.Success");
  assert.deepEqual(say("createStream", null)[0]?.args, [1]);
  assert.deepEqual(say("known", null), [], "it takes an unexpected answer for a broken flow");
});

test("what encoders ask for on the side is answered, and the rest is the application's", () => {
  const made = stand();
  for (const name of ["releaseStream", "FCPublish", "FCUnpublish", "FCSubscribe", "_checkbw"]) {
    assert.ok(made.call(name, "cam")?.isResult, name);
  }
  assert.deepEqual(made.call("getStreamLength", "cam")?.values, [0]);
  assert.ok(!made.call("unknown")?.isResult);
  assert.deepEqual(made.server.calls, ["getStreamLength", "unknown"]);
});

test("§5.3.1 what a client sends is not sent back in more bytes than a message holds", () => {
  const made = stand();
  const heard: Message[] = [];
  made.line.one.handler = { onMessage: (message) => heard.push(message), onEnd: () => undefined };
  const name = "x".repeat(16_777_180);
  made.caller.net.command({ name: "createStream", transactionId: 9, object: null, args: [] }, 0, 0);
  for (const side of ["FCPublish", "FCSubscribe", "FCUnpublish"]) {
    made.caller.net.command(notice(side, [name]), 0, 0);
  }
  for (const command of ["publish", "play"]) made.caller.net.command(notice(command, [name]), 1, 0);
  made.caller.net.command(notice("play2", [{ streamName: name }]), 1, 0);
  made.line.carry();
  const answers = heard.map(decodeCommand).map((answer) => answer?.args.find(isAmfObject)?.code);
  assert.deepEqual(answers, [
    undefined,
    "NetStream.Publish.Start",
    "NetStream.Play.Start",
    "NetStream.Unpublish.Success",
    "NetStream.Publish.BadName",
    "NetStream.Play.Failed",
    "NetStream.Play.Failed",
  ]);
  for (const { payload } of heard) assert.ok(payload.length < 1_000, `${payload.length}`);
});

test("§7.2.2.1 a name of 2048 characters with its query is played, a longer one ends nothing", () => {
  const made = stand();
  const { stream, notes } = made.stream();
  const name = `cam?token=${"x".repeat(2_038)}`;
  stream.play(name, 0);
  made.caller.net.command(notice("play", [`${name}x`, -2, -1, false]), stream.id, 0);
  made.caller.net.command(notice("play", [`${name}x`]), stream.id, 0);
  made.line.carry();
  assert.deepEqual(notes.codes, ["Play.Reset", "Play.Start", "Play.Failed", "Play.Failed"]);
  assert.equal(made.server.streams.at(name).playerCount, 1);
});

test("§7.2.1.3 streams are numbered from 1, 64 at most, and no number is used again soon", () => {
  const made = stand();
  const streams = Array.from({ length: 64 }, () => made.stream().stream);
  assert.deepEqual([streams[0]?.id, streams[63]?.id], [1, 64]);
  const refused = made.call("createStream");
  assert.ok(refused && !refused.isResult && refused.status.description === "more than 64 streams");
  streams[9]?.close(0);
  made.line.carry();
  assert.equal(made.stream().stream.id, 65);
});

test("§7.2.2.6 a name that is taken is BadName, and the stream can be used for another", () => {
  const made = stand();
  made.publishing("cam");
  const { stream, notes } = made.publishing("cam");
  stream.publish("cam2", 0);
  made.line.carry();
  assert.deepEqual(notes.codes, ["Publish.BadName", "Publish.Start"]);
  assert.ok(made.server.streams.at("cam2").isLive);
});

test("§7.2.2.6 a publication that fails later ends, its client is told, and may publish again", () => {
  const made = stand();
  const { stream, notes } = made.publishing("cam");
  const live = made.server.streams.at("cam");
  const status = failure("NetStream.Publish.Failed", "not today");
  made.server.fails[0]?.(status, 0);
  made.line.carry();
  assert.deepEqual(notes.codes, ["Publish.Start", "Publish.Failed"]);
  assert.ok(!live.isLive);
  stream.publish("cam2", 0);
  made.line.carry();
  made.server.fails[0]?.(status, 0);
  made.line.carry();
  assert.deepEqual(notes.codes.slice(2), ["Publish.Start"], "an older one that fails is over");
  assert.ok(made.server.streams.at("cam2").isLive);
});

test("§7.2.2.1 a stream that is not there is an error on its message stream", () => {
  const { notes } = stand().playing("");
  assert.deepEqual(notes.codes, ["Play.StreamNotFound"]);
});

test("closeStream stops, and the stream can be used again", () => {
  const made = stand();
  const { stream, notes } = made.playing("cam");
  made.caller.net.command(notice("closeStream", []), stream.id, 0);
  made.line.carry();
  assert.ok(made.server.streams.at("cam").isIdle);
  stream.publish("cam", 0);
  made.line.carry();
  assert.ok(made.server.streams.at("cam").isLive);
  assert.equal(notes.codes.at(-1), "Publish.Start");
});

test("ActionScript stops a stream with publish(false) and play(false)", () => {
  const made = stand();
  const { stream, notes } = made.publishing("cam");
  const say = (name: string): void => {
    made.caller.net.command(notice(name, [false]), stream.id, 0);
    made.line.carry();
  };
  say("publish");
  assert.deepEqual(notes.codes.splice(0), ["Publish.Start", "Unpublish.Success"]);
  stream.play("cam", 0);
  made.line.carry();
  assert.equal(made.server.streams.at("cam").playerCount, 1);
  notes.codes.length = 0;
  say("play");
  assert.ok(made.server.streams.at("cam").isIdle);
  assert.deepEqual(notes.codes, []);
});

test("§7.2.2.3 deleteStream of what is no stream does nothing", () => {
  const made = stand();
  made.publishing("cam");
  for (const id of [99, 0, Number.NaN, "1", null]) {
    made.caller.net.command(notice("deleteStream", [id]), 0, 0);
  }
  made.line.carry();
  assert.ok(made.server.streams.at("cam").isLive);
  made.caller.net.command(notice("deleteStream", []), 1, 0);
  made.line.carry();
  assert.ok(!made.server.streams.at("cam").isLive);
});

test("commands for streams that do not exist are unknown methods", () => {
  const made = stand();
  const command = { name: "play", transactionId: 9, object: null, args: ["cam"] };
  made.caller.net.command(command, 7, 0);
  made.line.carry();
  made.caller.net.command({ ...command, name: "dance" }, made.stream().stream.id, 0);
  made.line.carry();
  assert.ok(made.server.streams.at("cam").isIdle);
});

test("media on stream 0 is for the only stream there is, and else for nobody", () => {
  const made = stand();
  const { notes } = made.playing("cam");
  made.caller.net.send({ ...media.keyframe(0), streamId: 0 }, {}, 0);
  made.line.carry();
  const encoder = new Stand();
  encoder.connect();
  encoder.publishing("cam");
  encoder.caller.net.send({ ...media.keyframe(0), streamId: 0 }, {}, 0);
  encoder.line.carry();
  const player = new Notes();
  encoder.server.streams.at("cam").play(player, 0);
  assert.deepEqual([notes.media.length, player.media.length], [0, 1]);
});

test("data of a publisher that makes no sense is dropped, what follows is not", () => {
  const made = stand();
  const { notes } = made.playing("cam");
  const { stream } = made.publishing("cam");
  stream.send({ ...media.data(), payload: Uint8Array.of(2, 255) }, {}, 0);
  stream.send(media.keyframe(0), {}, 0);
  made.line.carry();
  assert.equal(notes.media.length, 1);
});

test("a gap in a publisher's pictures holds players until the next keyframe", () => {
  const made = stand();
  const { notes } = made.playing("cam");
  const { stream } = made.publishing("cam");
  const send = (message: Message, afterGap: boolean): void => {
    made.connection.onMessage({ ...message, streamId: stream.id }, afterGap, 0);
  };
  send(media.keyframe(0), false);
  send(media.audio(10), true);
  send(media.inter(40), true);
  send(media.inter(80), false);
  send(media.keyframe(120), false);
  made.line.carry();
  assert.deepEqual(
    notes.media.map(({ timestampMs }) => timestampMs),
    [0, 10, 120],
  );
});

test("§5.3.3 setPeerInfo reaches the server's application", () => {
  const made = stand();
  made.caller.setPeerInfo(["10.0.0.1:1935"], 0);
  made.line.carry();
  assert.deepEqual(made.server.calls, ["setPeerInfo"]);
});

test("nothing is published by whoever was refused, in the same packet", () => {
  const made = new Stand();
  made.caller.connect({ app: "other", tcUrl: "" }, () => undefined, 0);
  made.caller.net.call("createStream", [], () => undefined, 0);
  made.caller.net.command(notice("publish", ["cam", "live"]), 1, 0);
  made.line.carry();
  assert.ok(made.server.streams.at("cam").isIdle);
});

test("messages of other kinds do no harm", () => {
  const made = stand();
  made.publishing("cam");
  for (const type of [MessageType.userControl, MessageType.sharedObjectAmf0, 99]) {
    const message = { type, streamId: 0, timestampMs: 0, payload: new Uint8Array(6) };
    made.connection.onMessage(message, false, 0);
    orMalformed(() => made.caller.onMessage(message, false, 0));
  }
  assert.ok(made.server.streams.at("cam").isLive);
});

test("the application hears of the end, whatever goes wrong in the end of a stream", () => {
  const made = stand();
  made.server.onPublish = () => ({
    write: () => [],
    noteGap: () => undefined,
    end: () => {
      throw new Error("not now");
    },
  });
  made.publishing("cam");
  assert.throws(() => made.connection.net.onEnd(0), /not now/);
  assert.equal(made.server.ends, 1);
});

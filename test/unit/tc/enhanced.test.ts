import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isAmfObject } from "../../../protocol/amf/value.ts";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import { type Command, decodeCommand } from "../../../protocol/tc/command.ts";
import { readEnhancedCapabilities } from "../../../protocol/tc/enhanced-capabilities.ts";
import { LeadTrack } from "../../../protocol/tc/lead-track.ts";
import { LiveStream, type Publisher } from "../../../protocol/tc/live-stream.ts";
import { Notes } from "../../support/media.ts";
import { Client, Stand } from "../../support/tc-stand.ts";

const ascii = (text: string): string => toHex(new TextEncoder().encode(text));

function message(type: number, hex: string, timestampMs = 0): Message {
  return { type, streamId: 1, timestampMs, payload: fromHex(hex) };
}

const video = (hex: string, at = 0): Message => message(MessageType.video, hex, at);
const audio = (hex: string, at = 0): Message => message(MessageType.audio, hex, at);

const hevc = ascii("hvc1");
/** Payloads of Enhanced RTMP; `track` two hexadecimal digits, none: without tracks. */
const start = (track = "", tag = "01"): Message =>
  video(track ? `9600${hevc}${track}${tag}` : `90${hevc}${tag}`);
const key = (at: number, track = ""): Message =>
  video(track ? `9601${hevc}${track}000000aa` : `91${hevc}000000aa`, at);
const inter = (at: number, track = ""): Message =>
  video(track ? `a601${hevc}${track}000000aa` : `a1${hevc}000000aa`, at);
const colours = (tag: string): Message => video(`94${hevc}${tag}`);
const opus = (track = ""): Message =>
  audio(track ? `9500${ascii("Opus")}${track}01` : `90${ascii("Opus")}01`);
const speakers: Message = audio(`94${ascii("Opus")}010200000003`);

function published(): { stream: LiveStream; write: (...messages: Message[]) => void } {
  const stream = new LiveStream("cam");
  const publisher = stream.publish(0) as Publisher;
  const write = (...messages: Message[]): void => {
    for (const one of messages) publisher.write(one, 0);
  };
  return { stream, write };
}

function joined(stream: LiveStream): { lines: string[]; payloads: string[] } {
  const notes = new Notes();
  stream.play(notes, 0)();
  const payloads = notes.media.map(({ message: { payload } }) => toHex(payload));
  return { lines: notes.take().slice(1), payloads };
}

test("E-RTMP v2: who joins gets the sequence start of every track, colours and speakers", () => {
  const { stream, write } = published();
  write(opus(), opus("02"), speakers, start(), colours("01"), start("01"), key(0), inter(40));
  const { payloads, lines } = joined(stream);
  const headers = [opus(), opus("02"), speakers, start(), colours("01"), start("01")];
  assert.deepEqual(
    payloads.slice(0, 6),
    headers.map(({ payload }) => toHex(payload)),
  );
  assert.deepEqual(lines.slice(6), ["+keyframe 0", "+inter 40"]);
});

test("E-RTMP v2: a new sequence start replaces that of its track alone", () => {
  const { stream, write } = published();
  write(start("00"), start("01"), colours("01"), colours("02"), start("01", "02"));
  assert.deepEqual(joined(stream).payloads, [
    toHex(start("00").payload),
    toHex(colours("02").payload),
    toHex(start("01", "02").payload),
  ]);
});

test("a sequence header that says the same again does not cost newcomers their pictures", () => {
  const { stream, write } = published();
  write(start(), key(0), inter(40), start(), colours("01"), inter(80));
  assert.deepEqual(joined(stream).lines.slice(-3), ["+keyframe 0", "+inter 40", "+inter 80"]);
  write(start("", "02"), inter(120));
  assert.deepEqual(joined(stream).lines, ["+video-metadata 0", "+video-header 0"]);
});

test("only so many headers are kept", () => {
  const { stream, write } = published();
  for (let track = 0; track < 40; track += 1) write(start(track.toString(16).padStart(2, "0")));
  assert.equal(joined(stream).lines.length, 32);
});

test("groups begin with the keyframes of one track, and those of others are within", () => {
  const { stream, write } = published();
  write(key(0, "00"), key(1, "01"), inter(40, "00"), inter(41, "01"), key(80, "01"));
  const lines = ["+keyframe 0", "+inter 1", "+inter 40", "+inter 41", "+inter 80"];
  assert.deepEqual(joined(stream).lines, lines);
  write(key(100, "00"));
  assert.deepEqual(joined(stream).lines, ["+keyframe 100"]);
});

test("when the leading track has ended, another leads", () => {
  const lead = new LeadTrack();
  assert.ok(lead.leads([1]));
  for (let count = 0; count < 16; count += 1) assert.ok(!lead.leads([2]));
  assert.ok(lead.leads([2, 3]));
  assert.ok(!lead.leads([1]));
  lead.clear();
  assert.ok(lead.leads([1]));
});

test("E-RTMP: capabilities as clients announce them", () => {
  const read = readEnhancedCapabilities({
    fourCcList: ["hvc1", 7, "nonsense"],
    videoFourCcInfoMap: { "*": 7, av01: 1 },
    audioFourCcInfoMap: { Opus: 1, hvc1: 1 },
    capsEx: 3,
  });
  const codecs = ["hvc1", "*", "av01", "Opus"];
  assert.deepEqual(read, { isEnhanced: true, codecs, capsEx: 3 });
  assert.deepEqual(readEnhancedCapabilities({}), { isEnhanced: false, codecs: [], capsEx: 0 });
  const many = Array.from({ length: 200 }, (_, at) => `${1_000 + at}`);
  assert.equal(readEnhancedCapabilities({ fourCcList: many }).codecs.length, 64);
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (one, other) => {
      readEnhancedCapabilities({ fourCcList: one, videoFourCcInfoMap: other } as never);
    }),
  );
});

/** What a server answers to a client with these properties. */
function answerTo(properties: Record<string, number>): Command | undefined {
  const made = new Stand();
  const heard: Command[] = [];
  const onMessage = (one: Message): void => {
    const command = decodeCommand(one);
    if (command) heard.push(command);
  };
  made.line.one.handler = { onMessage, onEnd: () => undefined };
  made.caller.connect({ app: "live", tcUrl: "", properties }, () => undefined, 0);
  made.line.carry();
  return heard[0];
}

test("E-RTMP: the server says that it passes on anything, to those who ask", () => {
  const object = answerTo({ capsEx: 0 })?.object;
  assert.ok(isAmfObject(object));
  assert.deepEqual([object.capsEx, object.fourCcList], [15, ["*"]]);
  const plain = answerTo({})?.object;
  assert.ok(isAmfObject(plain) && plain.capsEx === undefined);
});

class Mover extends Client {
  readonly asked: (string | undefined)[] = [];

  onReconnectRequest(tcUrl: string | undefined): void {
    this.asked.push(tcUrl);
  }
}

test("E-RTMP v2: a client that knows how is asked to connect anew, and is served on", () => {
  const mover = new Mover();
  const made = new Stand(undefined, undefined, mover);
  assert.ok(!made.connection.requestReconnect(undefined, 0), "it has not connected yet");
  made.connect();
  assert.ok(made.connection.requestReconnect("rtmp://other/live", 0));
  assert.ok(made.connection.requestReconnect(undefined, 0));
  made.line.carry();
  assert.deepEqual(mover.asked, ["rtmp://other/live", undefined]);
  assert.ok(made.call("createStream")?.isResult);
  const other = new Stand().connect();
  assert.ok(!other.connection.requestReconnect(undefined, 0));
});

test("other statuses of a connection are calls as any other", () => {
  const mover = new Mover();
  const made = new Stand(undefined, undefined, mover).connect();
  const info = { level: "status", code: "NetConnection.Other", description: "" };
  const command = { name: "onStatus", transactionId: 0, object: null, args: [info] };
  made.connection.net.command(command, 0, 0);
  made.line.carry();
  assert.deepEqual([mover.asked, mover.calls], [[], ["onStatus"]]);
});

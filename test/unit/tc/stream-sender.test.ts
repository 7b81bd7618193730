import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import { OutgoingMessage, type SendOptions } from "../../../protocol/flow/outgoing-message.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import { decodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import { decodeCommand, decodeData } from "../../../protocol/tc/command.ts";
import { classify } from "../../../protocol/tc/media.ts";
import { readStatus } from "../../../protocol/tc/status.ts";
import { type MediaDeadlines, StreamSender } from "../../../protocol/tc/stream-sender.ts";
import { enhanced } from "../../support/enhanced-media.ts";
import { media } from "../../support/media.ts";

interface Sent {
  readonly message: Message;
  readonly deadlineMs: number | undefined;
  readonly receipt: OutgoingMessage;
}

/** A flow that keeps everything, and gives receipts whose outcome the test decides. */
class Flow {
  readonly sent: Sent[] = [];
  /** Where barriers are in what was sent, and across which streams. */
  readonly barriers: number[][] = [];
  isFull = false;
  /** How long what was sent waits for the socket. */
  late = 0;
  closes = 0;
  readonly sender: StreamSender;

  constructor(deadlines?: MediaDeadlines) {
    const send = (message: Message, options: SendOptions, now: number): OutgoingMessage => {
      if (this.isFull) throw new RtmfpError("LIMIT", "full");
      const receipt = new OutgoingMessage(1, options, now, () => undefined);
      receipt.noteFragment();
      options.parent?.adopt(receipt);
      this.sent.push({ message, deadlineMs: options.deadlineMs, receipt });
      return receipt;
    };
    const synchronize = (streamIds: readonly number[]): void => {
      this.barriers.push([this.sent.length, ...streamIds]);
    };
    const outlet = {
      send,
      synchronize,
      lateMs: () => this.late,
      close: () => {
        this.closes += 1;
      },
    };
    this.sender = new StreamSender("cam", 5, 0, outlet, deadlines);
  }

  /** Sends a message as a live stream does; answers its receipt, if it was sent at all. */
  play(message: Message, now = 0, isCatchUp = false): Sent | undefined {
    const before = this.sent.length;
    const found = classify(message);
    assert.ok(found);
    this.sender.onMedia(found, isCatchUp, now);
    return this.sent[before];
  }
}

function lose(sent: Sent | undefined): void {
  sent?.receipt.abandon();
  sent?.receipt.onOutcome?.(false);
}

function arrive(sent: Sent | undefined): void {
  sent?.receipt.noteAcknowledged(1);
  sent?.receipt.onOutcome?.(true);
}

/** Past the time in which a newcomer's first pictures may be late. */
const LATER = 60_000;

/** Names of user control events, status codes and data messages, and the message stream of each. */
function told({ message }: Sent): string {
  const command = decodeCommand(message);
  const control = message.type === MessageType.userControl;
  const what = control
    ? decodeUserControl(message.payload).event
    : (readStatus(command?.args ?? [])?.code ?? decodeData(message)?.name);
  return `${message.streamId} ${what}`;
}

test("§7.2.2.1 the answer to play: begin, reset, start, access; on which streams", () => {
  const { sender, sent } = new Flow();
  sender.start(0);
  assert.deepEqual(sent.map(told), [
    "0 streamBegin",
    "5 NetStream.Play.Reset",
    "5 NetStream.Play.Start",
    "5 |RtmpSampleAccess",
  ]);
  assert.deepEqual(decodeUserControl(sent[0]?.message.payload ?? new Uint8Array()), {
    event: "streamBegin",
    streamId: 5,
  });
});

test("§7.2.2.1 players learn when a publisher comes and goes", () => {
  const { sender, sent, barriers } = new Flow();
  sender.onPublish(0);
  sender.onUnpublish(0);
  // RFC 7425 §5.2: the end is not to overtake the last media, nor the next publisher's the end.
  assert.deepEqual(barriers, [
    [1, 0, 5],
    [3, 0, 5],
  ]);
  assert.deepEqual(sent.map(told), [
    "5 NetStream.Play.PublishNotify",
    "0 streamEof",
    "5 NetStream.Play.UnpublishNotify",
  ]);
});

test("media goes out on the player's stream, with the deadline of its kind", () => {
  const flow = new Flow({ audioMs: 200, interMs: 300, keyframeMs: 400 });
  const deadlineOf = (message: Message): number | undefined => {
    const sent = flow.play(message, LATER);
    assert.equal(sent?.message.streamId, 5);
    return sent?.deadlineMs;
  };
  const never = Number.POSITIVE_INFINITY;
  assert.equal(deadlineOf(media.data("onMetaData", {})), never);
  assert.equal(deadlineOf(media.data("onCuePoint", {})), never);
  assert.equal(deadlineOf(media.audioHeader()), never);
  assert.equal(deadlineOf(media.videoHeader()), never);
  assert.equal(deadlineOf(media.audio(0)), 200);
  assert.equal(deadlineOf(media.keyframe(0)), 400);
  assert.equal(deadlineOf(media.inter(0)), 300);
  const own = { kind: "audio", message: media.audio(0), deadlineMs: 77 } as const;
  flow.sender.onMedia(own, false, LATER);
  assert.equal(flow.sent.at(-1)?.deadlineMs, 77);
});

test("a newcomer's first group may take longer, and then no longer", () => {
  const flow = new Flow();
  assert.equal(flow.play(media.keyframe(0), LATER, true)?.deadlineMs, 5_000);
  assert.equal(flow.play(media.inter(0), LATER + 2_000)?.deadlineMs, 3_000);
  assert.equal(flow.play(media.inter(0), LATER + 4_500)?.deadlineMs, 1_000);
});

test("a lost picture takes those after it along, not those before, up to the next keyframe", () => {
  const flow = new Flow();
  const key = flow.play(media.keyframe(0));
  const [one, two, three] = [40, 80, 120].map((at) => flow.play(media.inter(at)));
  arrive(one);
  lose(two);
  assert.equal(key?.receipt.state, "QUEUED");
  assert.equal(one?.receipt.state, "DELIVERED");
  assert.equal(three?.receipt.state, "ABANDONED");
  assert.equal(flow.play(media.inter(160)), undefined);
  assert.ok(flow.play(media.audio(165)));
  const next = flow.play(media.keyframe(200));
  const after = flow.play(media.inter(240));
  // What is still to come of the group before does not touch this one.
  lose(three);
  lose(key);
  assert.equal(next?.receipt.state, "QUEUED");
  assert.equal(after?.receipt.state, "QUEUED");
  assert.ok(flow.play(media.inter(280)));
});

test("a lost keyframe ends its group", () => {
  const flow = new Flow();
  const key = flow.play(media.keyframe(0));
  const inter = flow.play(media.inter(40));
  lose(key);
  assert.equal(inter?.receipt.state, "ABANDONED");
  assert.equal(flow.play(media.inter(80)), undefined);
});

test("pictures of the publisher before do not break the group of the next", () => {
  const flow = new Flow();
  const old = flow.play(media.keyframe(0));
  flow.sender.onUnpublish(0);
  flow.sender.onPublish(0);
  lose(old);
  assert.ok(flow.play(media.inter(40)));
});

test("a player that is too far behind misses messages, and goes on with a keyframe", () => {
  const flow = new Flow();
  flow.play(media.keyframe(0));
  flow.isFull = true;
  assert.equal(flow.play(media.inter(40)), undefined);
  flow.sender.start(0);
  flow.sender.onUnpublish(0);
  flow.isFull = false;
  assert.equal(flow.play(media.inter(80)), undefined);
  assert.ok(flow.play(media.keyframe(120)));
  assert.ok(flow.play(media.inter(160)));
});

test("what decoders need comes as soon as it can, before pictures, and no more often", () => {
  const flow = new Flow();
  const codecs = ["hvc1", "av01"] as const;
  flow.isFull = true;
  for (const codec of codecs) flow.play(enhanced.videoStart(codec, 1));
  flow.play(enhanced.trackStart("av01", 1, 3));
  flow.play(enhanced.videoStart("av01", 2));
  flow.play(media.data("onMetaData", { width: 7 }));
  assert.equal(flow.play(enhanced.keyframe("av01", 0)), undefined);
  flow.isFull = false;
  flow.sent.length = 0;
  flow.play(enhanced.inter("av01", 40));
  const payloads = flow.sent.map(({ message }) => message.payload);
  const starts = [enhanced.trackStart("av01", 1, 3), enhanced.videoStart("av01", 2)];
  assert.deepEqual(
    payloads.slice(0, 2),
    starts.map(({ payload }) => payload),
  );
  assert.equal(payloads.length, 3, "the metadata too, but not the picture");
  assert.ok(flow.play(enhanced.keyframe("av01", 80)));
  assert.equal(flow.sent.length, 4);
});

test("what decoders need is owed for 64 of them, and for those the latest", () => {
  const flow = new Flow();
  flow.isFull = true;
  for (const tag of [1, 2]) {
    for (let track = 0; track < 100; track += 1) flow.play(enhanced.trackStart("av01", track, tag));
  }
  flow.isFull = false;
  flow.play(enhanced.inter("av01", 40));
  const payloads = flow.sent.map(({ message }) => message.payload);
  const starts = Array.from({ length: 64 }, (_, track) => enhanced.trackStart("av01", track, 2));
  assert.deepEqual(
    payloads,
    starts.map(({ payload }) => payload),
  );
});

test("errors other than a full queue are not hidden", () => {
  const fail = (): never => {
    throw new RtmfpError("PROTOCOL", "broken");
  };
  const sender = new StreamSender("cam", 5, 0, { send: fail, synchronize: fail });
  assert.throws(() => sender.start(0), { code: "PROTOCOL" });
});

test("a far end that is 3 s behind gets no pictures, but sounds and headers, until it has caught up", () => {
  const flow = new Flow();
  flow.play(media.keyframe(0), LATER);
  flow.late = 3_000;
  assert.equal(flow.play(media.inter(40), LATER), undefined);
  assert.equal(flow.play(media.keyframe(80), LATER), undefined);
  assert.ok(flow.play(media.audio(81), LATER));
  assert.ok(flow.play(media.videoHeader(), LATER));
  assert.ok(flow.play(media.data("onCuePoint", {}), LATER));
  flow.late = 0;
  assert.equal(flow.play(media.inter(120), LATER), undefined);
  assert.ok(flow.play(media.keyframe(160), LATER));
  assert.ok(flow.play(media.inter(200), LATER));
  assert.equal(flow.closes, 0);
});

test("a newcomer may take its time", () => {
  const flow = new Flow();
  flow.late = 4_000;
  flow.play(media.keyframe(0), LATER, true);
  assert.ok(flow.play(media.inter(40), LATER + 4_999));
  assert.equal(flow.play(media.inter(80), LATER + 5_000), undefined);
});

test("a far end that stays behind for 20 s is left; one that catches up begins anew", () => {
  const flow = new Flow();
  flow.late = 3_500;
  flow.play(media.audio(0), LATER);
  flow.play(media.audio(0), LATER + 19_999);
  flow.late = 100;
  flow.play(media.audio(0), LATER + 20_000);
  flow.late = 3_500;
  flow.play(media.audio(0), LATER + 20_001);
  flow.play(media.audio(0), LATER + 40_000);
  assert.equal(flow.closes, 0);
  flow.play(media.audio(0), LATER + 40_001);
  assert.equal(flow.closes, 1);
});

test("§7.1.7 players learn that their stream is dry", () => {
  const { sender, sent } = new Flow();
  sender.onDry(0);
  assert.deepEqual(sent.map(told), ["0 streamDry"]);
});

test("deadlines that are none: RangeError names the field, before anything is played", () => {
  for (const name of ["audioMs", "interMs", "keyframeMs"] as const) {
    assert.throws(() => new Flow({ [name]: Number.NaN }), {
      name: "RangeError",
      message: new RegExp(name),
    });
  }
});

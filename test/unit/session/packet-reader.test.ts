import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MAX_SEQUENCE_NUMBER } from "../../../protocol/params.ts";
import type { Path } from "../../../protocol/session/events.ts";
import { type ChunkSink, readSessionPacket } from "../../../protocol/session/packet-reader.ts";
import {
  encodeUserDataOptions,
  writeNextUserData,
  writeUserData,
} from "../../../protocol/wire/chunks/user-data.ts";
import { hex } from "../../support/bytes.ts";
import { Receiver } from "../../support/receiver.ts";
import { inShort, Sender } from "../../support/sender.ts";

const FROM: Path = { link: 0, address: { ip: "10.0.0.2", port: 1935 } };

class Sink implements ChunkSink {
  isOpen = true;
  readonly receiver = new Receiver();
  readonly sender = new Sender();
  readonly receiving = this.receiver.flows;
  readonly sending = this.sender.flows;
  readonly log: string[] = [];
  malformed = 0;

  onHeader: ChunkSink["onHeader"] = ({ mode }) => void this.log.push(`header ${mode}`);
  onMalformedChunk: ChunkSink["onMalformedChunk"] = () => {
    this.malformed += 1;
  };
  onPing: ChunkSink["onPing"] = (message) => void this.log.push(`ping ${message.length}`);
  onPingReply: ChunkSink["onPingReply"] = (message) =>
    void this.log.push(`ping reply ${message.length}`);
  onForwardedHello: ChunkSink["onForwardedHello"] = ({ replyAddress }) =>
    void this.log.push(`hello ${replyAddress.ip}`);
  onCloseRequest: ChunkSink["onCloseRequest"] = () => {
    this.log.push("close");
    this.isOpen = false;
  };
  onCloseAck: ChunkSink["onCloseAck"] = () => void this.log.push("close ack");
  onEndOfPacket: ChunkSink["onEndOfPacket"] = ({ hadAcks }, outstandingBefore) =>
    void this.log.push(`end ${hadAcks} ${outstandingBefore}`);

  read(text: string): boolean {
    return readSessionPacket(hex(text), "responder", this, FROM, 0);
  }
}

test("§2.2.4 a packet with our own mark, startup mode or no header is not for us", () => {
  const sink = new Sink();
  for (const text of ["02", "03", "00", "", "09 12"]) assert.equal(sink.read(text), false, text);
  assert.deepEqual(sink.log, []);
  assert.equal(sink.read("01"), true);
  assert.deepEqual(sink.log, ["header 1", "end false 0"]);
  assert.equal(readSessionPacket(hex("02"), "initiator", sink, FROM, 0), true);
});

test("§2.3 unknown chunks and padding are skipped", () => {
  const sink = new Sink();
  sink.read("01 ec0001 05  00 0002 ffff  41 0000  30 0001 00  01 0002 aabb  ff 0000");
  assert.deepEqual(sink.log, ["header 1", "ping reply 0", "ping 2", "end false 0"]);
  assert.equal(sink.malformed, 0);
});

test("librtmfp tells why it closes in a chunk of its own, 4D, before 4C or 0C: that ends it all the same", () => {
  for (const [end, told] of [
    ["4c 0000", "close ack"],
    ["0c 0000", "close"],
  ]) {
    const sink = new Sink();
    sink.read(`01 4d0001 02 ${end}`);
    assert.deepEqual(sink.log, ["header 1", told, "end false 0"]);
    assert.equal(sink.malformed, 0);
  }
});

test("MonaServer rejects a flow and acknowledges it in one packet, with a window of 0", () => {
  const sink = new Sink();
  const flow = sink.sender.open();
  sink.sender.send(flow, "to nobody");
  sink.sender.packet();
  sink.read(`01 5e0002 0${flow.id}00 510003 0${flow.id}0001`);
  assert.equal(sink.malformed, 0);
  assert.ok(sink.sender.events.some(({ type }) => type === "flow-rejected"));
});

test("§2.3 a malformed chunk is counted and the next one is read", () => {
  const sink = new Sink();
  sink.read("01 10 0002 8002  18 0000  51 0001 05  0f 0001 05  01 0000");
  assert.deepEqual(sink.log, ["header 1", "ping 0", "end false 0"]);
  assert.equal(sink.malformed, 4);
});

test("§2.3.12 Next User Data continues the chunk before it, whatever lies between", () => {
  const sink = new Sink();
  sink.read("01 10 0008 80 02 01 01 01 00 00 61  01 0000  11 0002 00 62  11 0002 00 63");
  assert.deepEqual(sink.receiver.texts(), ["a", "b", "c"]);
});

test("§2.3.12 Next User Data with nothing to continue is malformed", () => {
  const sink = new Sink();
  sink.read("01 11 0002 00 62");
  assert.equal(sink.malformed, 1);
  assert.deepEqual(sink.receiver.events, []);
});

test("§2.3.12 Next User Data after a malformed chunk of data continues nothing", () => {
  const first = "10 0008 80 02 01 01 01 00 00 61";
  for (const malformed of ["10 0002 8003", "11 0000"]) {
    const sink = new Sink();
    sink.read(`01 ${first} ${malformed} 11 0002 00 62`);
    assert.equal(sink.malformed, 2);
    assert.deepEqual(sink.receiver.texts(), ["a"]);
  }
});

test("§2.3.11 sequence number 0 carries nothing: it opens no flow, and nothing is acknowledged", () => {
  const sink = new Sink();
  sink.read("01 10 0004 03 02 00 00");
  assert.equal(sink.malformed, 0);
  assert.equal(sink.receiving.size, 0);
  assert.equal(sink.receiver.wakes, 0);
});

test("§2.3.11 sequence numbers that can hardly be counted on from are malformed", () => {
  const data = new Uint8Array(0);
  const rest = { control: 0, abandoned: false, final: false, data } as const;
  const encodedOptions = encodeUserDataOptions({ metadata: data });
  const packet = (first: number, count: number): Uint8Array => {
    const writer = new Writer().u8(1);
    const numbers = { flowId: 2, sequenceNumber: first, forwardSequenceNumber: 0 };
    writeUserData(writer, { ...numbers, ...rest, encodedOptions });
    for (let next = 1; next < count; next += 1) {
      writeNextUserData(writer, { ...numbers, ...rest, encodedOptions: undefined });
    }
    return writer.finish();
  };
  const sink = new Sink();
  readSessionPacket(packet(MAX_SEQUENCE_NUMBER - 1, 4), "responder", sink, FROM, 0);
  assert.equal(sink.malformed, 2);
  readSessionPacket(packet(Number.MAX_SAFE_INTEGER, 2), "responder", sink, FROM, 0);
  assert.equal(sink.malformed, 4);
  const range = { from: MAX_SEQUENCE_NUMBER - 1, to: MAX_SEQUENCE_NUMBER };
  assert.deepEqual(sink.receiver.acks()[0]?.ranges, [range]);
});

test("§3.6.3.2 packets with data are counted, not chunks", () => {
  const sink = new Sink();
  sink.read("01 10 0008 80 02 01 01 01 00 00 61");
  sink.receiver.acks();
  sink.read("01 10 0005 00 02 02 01 62  10 0005 00 02 03 02 63");
  assert.equal(sink.receiving.mustAcknowledge, false);
  sink.read("01 10 0005 00 02 04 03 64");
  assert.equal(sink.receiving.mustAcknowledge, true);
});

test("§3.6.2.4 both forms of acknowledgement and what was outstanding before them", () => {
  const sink = new Sink();
  const flow = sink.sender.open();
  for (let count = 0; count < 3; count += 1) sink.sender.send(flow, "x");
  sink.sender.packet();
  const before = sink.sending.outstandingBytes;
  sink.read("01 50 0004 02 7f 00 02  51 0003 02 7f 01");
  assert.equal(sink.log.at(-1), `end true ${before}`);
  sink.sending.endPacket();
  sink.sending.loseAll();
  assert.deepEqual(sink.sender.packet().map(inShort), ["2 fsn 1"]);
});

test("§3.6.2.10 an exception reaches its flow", () => {
  const sink = new Sink();
  const flow = sink.sender.open();
  sink.read("01 5e 0002 02 07");
  const event = { type: "flow-rejected", flow, exceptionCode: 7 };
  assert.deepEqual(sink.sender.events, [event]);
});

test("§3.5.5 a session that is not open heeds only closes", () => {
  const sink = new Sink();
  sink.read(
    `01 0c 0000  01 0000  10 0008 80 02 01 01 01 00 00 61
     0f 0009 00 02 c0000264 c350 aa  4c 0000  0c 0000  51 0003 02 7f 01`,
  );
  assert.deepEqual(sink.log, ["header 1", "close", "close ack", "close", "end false 0"]);
  assert.equal(sink.receiving.size, 0);
});

test("§2.3.3 a forwarded hello reaches the session", () => {
  const sink = new Sink();
  sink.read("01 0f 0009 00 02 c0000264 c350 aa");
  assert.deepEqual(sink.log, ["header 1", "hello 192.0.2.100", "end false 0"]);
});

test("any packet is read or refused, and nothing is thrown", () => {
  const type = fc.constantFrom(0x0c, 0x0f, 0x10, 0x10, 0x11, 0x18, 0x50, 0x51, 0x5e, 0x01, 0x4c);
  const chunk = fc
    .tuple(type, fc.uint8Array({ maxLength: 24 }))
    .map(([code, payload]) => [code, 0, payload.length, ...payload]);
  fc.assert(
    fc.property(fc.nat(255), fc.array(chunk, { maxLength: 12 }), (flags, chunks) => {
      const sink = new Sink();
      readSessionPacket(Uint8Array.from([flags, ...chunks.flat()]), "responder", sink, FROM, 0);
    }),
    { numRuns: 500 },
  );
});

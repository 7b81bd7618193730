import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { splitAggregate } from "../../../protocol/rtmp/aggregate.ts";
import {
  BandwidthLimit,
  decodeControl,
  encodeControl,
  type ProtocolControl,
} from "../../../protocol/rtmp/control.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import {
  connectionEvent,
  decodeUserControl,
  encodeUserControl,
  type UserControl,
} from "../../../protocol/rtmp/user-control.ts";

const u32 = fc.nat(0xffff_ffff);
const plainRecord = { noNullPrototype: true } as const;

const anyControl: fc.Arbitrary<ProtocolControl> = fc.oneof(
  fc
    .integer({ min: 1, max: 0x7fff_ffff })
    .map((chunkBytes): ProtocolControl => ({ type: "setChunkSize", chunkBytes })),
  u32.map((chunkStreamId): ProtocolControl => ({ type: "abort", chunkStreamId })),
  u32.map((receivedBytes): ProtocolControl => ({ type: "acknowledgement", receivedBytes })),
  u32.map((windowBytes): ProtocolControl => ({ type: "windowAckSize", windowBytes })),
  fc.record(
    {
      type: fc.constant("setPeerBandwidth" as const),
      windowBytes: u32,
      limit: fc.constantFrom(...Object.values(BandwidthLimit)),
    },
    plainRecord,
  ),
);

const anyUserControl: fc.Arbitrary<UserControl> = fc.oneof(
  fc.record(
    {
      event: fc.constantFrom(
        "streamBegin" as const,
        "streamEof" as const,
        "streamDry" as const,
        "streamIsRecorded" as const,
        "bufferEmpty" as const,
        "bufferReady" as const,
      ),
      streamId: u32,
    },
    plainRecord,
  ),
  fc.record(
    { event: fc.constant("setBufferLength" as const), streamId: u32, bufferMs: u32 },
    plainRecord,
  ),
  fc.record(
    {
      event: fc.constantFrom("pingRequest" as const, "pingResponse" as const),
      timestampMs: u32,
    },
    plainRecord,
  ),
  fc.record({ event: fc.constant("flowSync" as const), syncId: u32, count: u32 }, plainRecord),
  fc.record(
    { event: fc.constant("setKeepalive" as const), serverMs: u32, peerMs: u32 },
    plainRecord,
  ),
  fc.record(
    {
      event: fc.constant("other" as const),
      code: fc.integer({ min: 33, max: 0xffff }).filter((code) => code !== 34 && code !== 41),
      data: fc.uint8Array({ maxLength: 50 }),
    },
    plainRecord,
  ),
);

function message(type: number, hex: string): Message {
  return { type, streamId: 1, timestampMs: 1000, payload: fromHex(hex) };
}

test("§5.4 every control survives writing and reading, and no truncation does", () => {
  fc.assert(
    fc.property(anyControl, (control) => {
      const encoded = encodeControl(control);
      assert.equal(encoded.streamId, 0);
      assert.deepEqual(decodeControl(encoded), control);
      for (let length = 0; length < encoded.payload.length; length += 1) {
        const payload = encoded.payload.subarray(0, length);
        assert.throws(() => decodeControl({ ...encoded, payload }), MalformedError);
      }
    }),
  );
});

test("§5.4 other messages are no controls", () => {
  for (const type of [0, 4, 7, 8, 20]) assert.equal(decodeControl(message(type, "")), undefined);
});

test("§5.4.1 the top bit of a chunk size is not part of it", () => {
  const control = decodeControl(message(MessageType.setChunkSize, "80000100"));
  assert.deepEqual(control, { type: "setChunkSize", chunkBytes: 256 });
  assert.throws(() => decodeControl(message(MessageType.setChunkSize, "80000000")), MalformedError);
});

test("§5.4.5 an unknown limit type is malformed", () => {
  assert.throws(
    () => decodeControl(message(MessageType.setPeerBandwidth, "0000000103")),
    MalformedError,
  );
});

test("§7.1.7 every user control event survives writing and reading", () => {
  fc.assert(
    fc.property(anyUserControl, (control) => {
      const { type, payload } = encodeUserControl(control);
      assert.equal(type, MessageType.userControl);
      assert.deepEqual(decodeUserControl(payload), control);
    }),
  );
});

test("§7.1.7 any bytes are an event or malformed; bytes past the fields are ignored", () => {
  fc.assert(
    fc.property(fc.nat(40), fc.uint8Array({ maxLength: 12 }), (code, data) => {
      const payload = Uint8Array.of(0, code, ...data);
      try {
        decodeUserControl(payload);
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
  assert.throws(() => decodeUserControl(Uint8Array.of(0)), MalformedError);
  const longer = decodeUserControl(fromHex("0000000000010000"));
  assert.deepEqual(longer, { event: "streamBegin", streamId: 1 });
});

test("§7.1.7 pings and SWF verification are the connection's own events, nothing else is", () => {
  const event = (type: number, hex: string): unknown => connectionEvent(message(type, hex));
  const { userControl, audio } = MessageType;
  const timestampMs = 0xdeadbeef;
  assert.deepEqual(event(userControl, "0006deadbeefff"), { event: "pingRequest", timestampMs });
  assert.deepEqual(event(userControl, "001a"), { event: "swfRequest" });
  const response = Uint8Array.of(1, 2);
  assert.deepEqual(event(userControl, "001b0102"), { event: "swfResponse", response });
  assert.equal(event(userControl, "0007deadbeef"), undefined);
  assert.equal(event(userControl, "0000"), undefined);
  assert.equal(event(audio, "0006deadbeef"), undefined);
  for (const cut of ["", "00", "0006de"]) assert.equal(event(userControl, cut), undefined);
});

test("§7.1.6 the parts of an aggregate keep their distance to its timestamp", () => {
  const parts = splitAggregate(
    message(
      MessageType.aggregate,
      `08 000002 000064 00 000009 af01 0000000d
       09 000001 00008c 00 000000 27 ffffffff
       12 000000 000050 00 000000 00000000`.replace(/\s/g, ""),
    ),
  );
  assert.deepEqual(
    parts.map(({ type, streamId, timestampMs, payload }) => [
      type,
      streamId,
      timestampMs,
      toHex(payload),
    ]),
    [
      [8, 1, 1000, "af01"],
      [9, 1, 1040, "27"],
      [18, 1, 980, ""],
    ],
  );
});

test("§7.1.6 timestamps of parts use the high byte and wrap", () => {
  const payload = fromHex(
    `08 000000 fffff0 ff 000000 0000000b 08 000000 000010 00 000000`.replace(/\s/g, ""),
  );
  const parts = splitAggregate({ type: 22, streamId: 1, timestampMs: 5, payload });
  assert.deepEqual(
    parts.map(({ timestampMs }) => timestampMs),
    [5, 37],
  );
});

test("§7.1.6 an aggregate holds whole messages, no controls, no aggregates, not too many", () => {
  for (const hex of [
    "08",
    "0800000200006400000009af",
    "0100000000006400000009",
    "1600000000006400000009",
  ]) {
    assert.throws(() => splitAggregate(message(MessageType.aggregate, hex)), MalformedError, hex);
  }
  const part = "080000000000000000000000000000";
  assert.equal(splitAggregate(message(22, part.repeat(16_384))).length, 16_384);
  assert.throws(() => splitAggregate(message(22, part.repeat(16_385))), MalformedError);
  assert.deepEqual(splitAggregate(message(22, "")), []);
});

test("§7.1.6 of the parts of an aggregate only media and data come out, and all count", () => {
  const ofType = (type: number): string => `${toHex(Uint8Array.of(type))}${"00".repeat(14)}`;
  const types = Array.from({ length: 248 }, (_, index) => index + 8).filter((type) => type !== 22);
  const parts = splitAggregate(message(MessageType.aggregate, types.map(ofType).join("")));
  assert.deepEqual(
    parts.map(({ type }) => type),
    [8, 9, 15, 18],
  );
  const commands = ofType(MessageType.commandAmf0).repeat(16_385);
  assert.throws(() => splitAggregate(message(MessageType.aggregate, commands)), MalformedError);
});

test("RFC 7425 §5.2, §5.3.4 flow synchronization and keepalive advice as they are on the wire", () => {
  assert.deepEqual(decodeUserControl(fromHex("00220000000800000002")), {
    event: "flowSync",
    syncId: 8,
    count: 2,
  });
  // What MonaServer sends after connect.
  assert.deepEqual(decodeUserControl(fromHex("002900003a9800002710")), {
    event: "setKeepalive",
    serverMs: 15_000,
    peerMs: 10_000,
  });
  for (const hex of ["0022000000080000", "002900003a98"]) {
    assert.throws(() => decodeUserControl(fromHex(hex)), MalformedError);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import {
  MAX_HEADER_LENGTH,
  markTimeCritical,
  type PacketHeader,
  PacketMode,
  readPacketHeader,
  writePacketHeader,
} from "../../../protocol/wire/packet.ts";
import { hex } from "../../support/bytes.ts";

const plain: PacketHeader = {
  mode: PacketMode.initiator,
  timeCritical: false,
  timeCriticalReverse: false,
  timestampTicks: undefined,
  timestampEchoTicks: undefined,
};

function encode(header: PacketHeader): Uint8Array {
  const writer = new Writer();
  writePacketHeader(writer, header);
  return writer.finish();
}

test("§2.2.4 each flag has its bit, timestamp comes before echo", () => {
  const cases: readonly [string, Partial<PacketHeader>][] = [
    ["01", {}],
    ["02", { mode: PacketMode.responder }],
    ["0b 1234", { mode: PacketMode.startup, timestampTicks: 0x1234 }],
    ["05 4321", { timestampEchoTicks: 0x4321 }],
    ["0d 004c fffe", { timestampTicks: 0x4c, timestampEchoTicks: 0xfffe }],
    ["81", { timeCritical: true }],
    ["41", { timeCriticalReverse: true }],
  ];
  for (const [text, change] of cases) {
    const header = { ...plain, ...change };
    assert.deepEqual(encode(header), hex(text));
    assert.deepEqual(readPacketHeader(new Reader(hex(text))), header);
  }
});

test("§2.2.4 mode 0 is forbidden", () => {
  assert.throws(() => readPacketHeader(new Reader(hex("00"))), MalformedError);
  assert.throws(() => readPacketHeader(new Reader(hex("fc 0000 0000"))), MalformedError);
});

test("§2.2.4 reserved flags are ignored", () => {
  assert.deepEqual(readPacketHeader(new Reader(hex("31"))), plain);
});

test("§2.2.4 every header is read back, every beginning of it is malformed", () => {
  const tick = fc.option(fc.nat(0xffff), { nil: undefined });
  const header: fc.Arbitrary<PacketHeader> = fc.record(
    {
      mode: fc.constantFrom(...Object.values(PacketMode)),
      timeCritical: fc.boolean(),
      timeCriticalReverse: fc.boolean(),
      timestampTicks: tick,
      timestampEchoTicks: tick,
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(header, (value) => {
      const bytes = encode(value);
      assert.ok(bytes.length <= MAX_HEADER_LENGTH);
      assert.deepEqual(readPacketHeader(new Reader(bytes)), value);
      for (let length = 0; length < bytes.length; length += 1) {
        const reader = new Reader(bytes.subarray(0, length));
        assert.throws(() => readPacketHeader(reader), MalformedError);
      }
    }),
  );
});

test("§2.2.4 a packet is marked time critical after its header is written", () => {
  const writer = new Writer();
  writer.u8(0xee);
  const header = { ...plain, timestampTicks: 7 };
  writePacketHeader(writer, header);
  markTimeCritical(writer, 1, header);
  assert.deepEqual(writer.finish(), hex("ee 89 0007"));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeAmf0 } from "../../../protocol/amf/amf0-decode.ts";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { writeAvmPlus } from "../../../protocol/amf/amf3-encode.ts";
import { amfUnsupported } from "../../../protocol/amf/value.ts";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import {
  decodeSharedObject,
  encodeSharedObject,
  type SharedObjectEvent,
  type SharedObjectMessage,
} from "../../../protocol/rtmp/shared-object.ts";
import { orMalformed } from "../../support/errors.ts";

const { sharedObjectAmf0, sharedObjectAmf3 } = MessageType;

/** Name "chat", version 5, persistent. */
const HEADER = "000463686174 00000005 00000002 00000000";

function message(hex: string, type: number = sharedObjectAmf0): Message {
  return { type, streamId: 0, timestampMs: 0, payload: fromHex(hex.replaceAll(" ", "")) };
}

function eventsOf(hex: string, type?: number): readonly SharedObjectEvent[] | undefined {
  return decodeSharedObject(message(hex, type))?.events;
}

const one = encodeAmf0([1]);
const name = "x";
const cases: readonly [hex: string, event: SharedObjectEvent][] = [
  ["01 00000000", { type: "use" }],
  ["02 00000000", { type: "release" }],
  ["03 0000000c 000178 003ff0000000000000", { type: "requestChange", name, value: one }],
  ["04 0000000c 000178 003ff0000000000000", { type: "change", name, value: one }],
  ["05 00000003 000178", { type: "success", name }],
  ["06 0000000d 02000178 003ff0000000000000", { type: "send", values: encodeAmf0(["x", 1]) }],
  ["07 00000006 000178 000179", { type: "status", code: "x", level: "y" }],
  ["08 00000000", { type: "clear" }],
  ["09 00000003 000178", { type: "remove", name }],
  ["0a 00000003 000178", { type: "requestRemove", name }],
  ["0b 00000000", { type: "useSuccess" }],
];

for (const [hex, event] of cases) {
  test(`§7.1.3 ${event.type} on the wire`, () => {
    const content: SharedObjectMessage = {
      name: "chat",
      version: 5,
      isPersistent: true,
      events: [event],
    };
    const expected = `${HEADER}${hex}`.replaceAll(" ", "");
    assert.deepEqual(decodeSharedObject(message(expected)), content);
    assert.equal(toHex(encodeSharedObject(content, sharedObjectAmf0).payload), expected);
    assert.deepEqual(decodeSharedObject(message(`00${expected}`, sharedObjectAmf3)), content);
    assert.equal(toHex(encodeSharedObject(content, sharedObjectAmf3).payload), `00${expected}`);
  });
}

test("one event may change several slots: they come out one by one", () => {
  assert.deepEqual(eventsOf(`${HEADER} 04 00000009 000178 05 000179 0101`), [
    { type: "change", name: "x", value: Uint8Array.of(5) },
    { type: "change", name: "y", value: Uint8Array.of(1, 1) },
  ]);
});

test("events that nobody knows are skipped, objects may be temporary", () => {
  const events = eventsOf(`${HEADER} 0c 00000002 ffff 00 00000000 01 00000000`);
  assert.deepEqual(events, [{ type: "use" }]);
  const temporary = "000463686174 00000005 00000000 00000000";
  assert.equal(decodeSharedObject(message(temporary))?.isPersistent, false);
});

test("other types are no shared objects", () => {
  assert.equal(decodeSharedObject(message(HEADER, MessageType.commandAmf0)), undefined);
});

test("what makes no sense is malformed", () => {
  const bad = [
    "0004636861",
    `${HEADER} 01 00000001`,
    `${HEADER} 03 00000003 000178`, // no value
    `${HEADER} 04 00000000`, // no slot
    `${HEADER} 04 0000000b 000178 003ff00000000000`, // a number cut off
    `${HEADER} 05 00000002 0001`,
    `${HEADER} 06 00000000`, // no handler
    `${HEADER} 06 00000001 05`, // a handler that is no name
    `${HEADER} 07 00000003 000178`,
  ];
  for (const hex of bad) assert.throws(() => eventsOf(hex), MalformedError, hex);
});

test("a message with more events than an object can have slots is malformed", () => {
  const payload = fromHex(HEADER.replaceAll(" ", ""));
  const events = Uint8Array.from({ length: 8_193 * 5 }, (_, at) => (at % 5 === 0 ? 1 : 0));
  const long = { ...message(HEADER), payload: Uint8Array.of(...payload, ...events) };
  assert.throws(() => decodeSharedObject(long), MalformedError);
  const slots = new Uint8Array(8_193 * 3).map((_, at) => (at % 3 === 2 ? 5 : 0));
  const length = [0, 0, slots.length >> 8, slots.length & 0xff];
  const wide = Uint8Array.of(...payload, 4, ...length, ...slots);
  assert.throws(() => decodeSharedObject({ ...long, payload: wide }), MalformedError);
});

test("AMF3 goes to those who use AMF0 as AMF0, and as unsupported where that has no such value", () => {
  const integer = Uint8Array.of(0x11, 0x04, 0x07);
  const bytes = Uint8Array.of(0x11, 0x0c, 0x03, 0xaa);
  const send = Uint8Array.of(...encodeAmf0(["go"]), ...integer, ...bytes);
  const events: readonly SharedObjectEvent[] = [
    { type: "change", name: "n", value: integer },
    { type: "change", name: "b", value: bytes },
    { type: "send", values: send },
  ];
  const content = { name: "chat", version: 1, isPersistent: false, events };
  const asAmf3 = decodeSharedObject(encodeSharedObject(content, sharedObjectAmf3));
  assert.deepEqual(asAmf3, content);
  const asAmf0 = decodeSharedObject(encodeSharedObject(content, sharedObjectAmf0));
  const values = asAmf0?.events.flatMap((event) => {
    if (event.type === "change") return decodeAmf0(event.value);
    return event.type === "send" ? [decodeAmf0(event.values)] : [];
  });
  assert.deepEqual(values, [7, amfUnsupported, ["go", 7, amfUnsupported]]);
});

test("AMF3 that would grow without measure in AMF0 is unsupported there", () => {
  const text = "x".repeat(60_000);
  const list: string[] = new Array(30_000).fill(text);
  const writer = new Writer();
  writeAvmPlus(writer, list);
  const value = writer.finish();
  assert.ok(value.length < 200_000);
  const events = [{ type: "change", name: "bomb", value }] as const;
  const content = { name: "chat", version: 1, isPersistent: false, events };
  const sent = encodeSharedObject(content, sharedObjectAmf0);
  assert.ok(sent.payload.length < 100);
});

test("references stay right when a handler's arguments are written anew", () => {
  const plain = { b: 1 };
  const marker = Uint8Array.of(0x11, 0x01); // null of AMF3
  const values = Uint8Array.of(...encodeAmf0(["go", plain, [plain]]), ...marker);
  const content: SharedObjectMessage = {
    name: "chat",
    version: 1,
    isPersistent: false,
    events: [{ type: "send", values }],
  };
  const [event] = decodeSharedObject(encodeSharedObject(content, sharedObjectAmf0))?.events ?? [];
  assert.ok(event?.type === "send");
  const [handler, first, list, last] = decodeAmf0(event.values);
  assert.equal(handler, "go");
  assert.equal((list as unknown[])[0], first);
  assert.equal(last, null);
});

/** A message with one "send" event. */
function sending(values: Uint8Array): SharedObjectMessage {
  return { name: "c", version: 1, isPersistent: false, events: [{ type: "send", values }] };
}

/** How many values come out in AMF0, and how many of those it does not have. */
function countInAmf0(values: Uint8Array): readonly [count: number, unsupported: number] {
  const sent = encodeSharedObject(sending(values), sharedObjectAmf0);
  const [event] = decodeSharedObject(sent)?.events ?? [];
  assert.ok(event?.type === "send");
  const decoded = decodeAmf0(event.values);
  return [decoded.length, decoded.filter((value) => value === amfUnsupported).length];
}

test("a handler's arguments are written anew however many they are", () => {
  const writer = new Writer()
    .put(encodeAmf0(["go"]))
    .u8(0x11)
    .u8(0x01);
  writer.put(new Uint8Array(200_000).fill(5));
  assert.deepEqual(countInAmf0(writer.finish()), [200_002, 0]);
});

test("arguments of more objects than AMF0 has references for lose some of them", () => {
  const writer = new Writer().put(encodeAmf0(["go"]));
  for (let count = 0; count < 40_000; count += 1) writer.u8(0x0a).u32(0);
  for (let count = 0; count < 40_000; count += 1) writer.put(Uint8Array.of(0x11, 0x09, 1, 1));
  assert.deepEqual(countInAmf0(writer.finish()), [80_001, 80_000 - 65_536]);
});

test("arguments do not grow together what each may not grow alone", () => {
  const bomb = new Writer();
  writeAvmPlus(bomb, new Array(500).fill("x".repeat(2_000)));
  const writer = new Writer().put(encodeAmf0(["go"]));
  for (let count = 0; count < 50; count += 1) writer.put(bomb.bytes());
  const values = writer.finish();
  const sent = encodeSharedObject(sending(values), sharedObjectAmf0);
  assert.ok(sent.payload.length < values.length * 9, `${sent.payload.length}`);
});

test("a name that is no UTF-8 is not taken if it would be too long to be told to anybody", () => {
  for (const [length, isTaken] of [
    [21_845, true],
    [21_846, false],
  ] as const) {
    const writer = new Writer().u16(length).put(new Uint8Array(length).fill(0xff));
    const payload = writer.u32(0).u32(0).u32(0).finish();
    const decode = (): unknown =>
      decodeSharedObject({ type: sharedObjectAmf0, streamId: 0, timestampMs: 0, payload });
    if (isTaken) assert.ok(encodeSharedObject(decode() as SharedObjectMessage, sharedObjectAmf0));
    else assert.throws(decode, MalformedError);
  }
});

test("a name of more than 65535 bytes cannot be written", () => {
  const content = { name: "x".repeat(65_536), version: 0, isPersistent: false, events: [] };
  assert.throws(() => encodeSharedObject(content, sharedObjectAmf0), RangeError);
});

const label = fc.string({ unit: "grapheme", maxLength: 12 });
const value = fc.oneof(fc.double(), fc.string(), fc.boolean()).map((each) => encodeAmf0([each]));
const plain = { noNullPrototype: true };
const anEvent: fc.Arbitrary<SharedObjectEvent> = fc.oneof(
  fc.constantFrom("use", "release", "useSuccess", "clear").map((type) => ({ type })),
  fc.record({ type: fc.constantFrom("requestChange", "change"), name: label, value }, plain),
  fc.record({ type: fc.constantFrom("requestRemove", "remove", "success"), name: label }, plain),
  label.map((handler) => ({ type: "send" as const, values: encodeAmf0([handler, 1, null]) })),
  fc.record({ type: fc.constant("status" as const), code: label, level: label }, plain),
) as fc.Arbitrary<SharedObjectEvent>;
const anyMessage: fc.Arbitrary<SharedObjectMessage> = fc.record(
  {
    name: label,
    version: fc.nat(0xffff_ffff),
    isPersistent: fc.boolean(),
    events: fc.array(anEvent, { maxLength: 5 }),
  },
  plain,
);

test("any message survives the wire, in either type", () => {
  fc.assert(
    fc.property(anyMessage, (content) => {
      for (const type of [sharedObjectAmf0, sharedObjectAmf3]) {
        assert.deepEqual(decodeSharedObject(encodeSharedObject(content, type)), content);
      }
    }),
  );
});

test("cut off anywhere: malformed, or the events before the cut", () => {
  fc.assert(
    fc.property(anyMessage, (content) => {
      const sent = encodeSharedObject(content, sharedObjectAmf0);
      for (let length = 0; length < sent.payload.length; length += 1) {
        const cut = { ...sent, payload: sent.payload.subarray(0, length) };
        orMalformed(() => {
          const { events = [] } = decodeSharedObject(cut) ?? {};
          assert.deepEqual(events, content.events.slice(0, events.length));
        });
      }
    }),
    { numRuns: 30 },
  );
});

test("any bytes: a message or malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const payload = Uint8Array.of(...fromHex(HEADER.replaceAll(" ", "")), ...bytes);
      for (const type of [sharedObjectAmf0, sharedObjectAmf3]) {
        orMalformed(() => decodeSharedObject({ ...message(HEADER, type), payload }));
      }
    }),
  );
});

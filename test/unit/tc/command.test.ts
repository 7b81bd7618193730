import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { createAmfObject } from "../../../protocol/amf/value.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import {
  decodeCommand,
  decodeData,
  encodeCommand,
  encodeData,
} from "../../../protocol/tc/command.ts";
import { orMalformed } from "../../support/errors.ts";

function message(type: number, payload: Uint8Array): Message {
  return { type, streamId: 1, timestampMs: 0, payload };
}

function withFormat(payload: Uint8Array): Uint8Array {
  return Uint8Array.of(0, ...payload);
}

const scalar = fc.oneof(
  fc.string(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
);

test("§7.1.1 a command survives the wire", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.nat(),
      scalar,
      fc.array(scalar),
      (name, transactionId, object, args) => {
        const command = { name, transactionId, object, args };
        const sent = encodeCommand(command, 5);
        assert.equal(sent.type, MessageType.commandAmf0);
        assert.equal(sent.streamId, 5);
        assert.deepEqual(decodeCommand(sent), command);
        assert.deepEqual(
          decodeCommand(message(MessageType.commandAmf3, withFormat(sent.payload))),
          command,
        );
      },
    ),
  );
});

test("§7.1.1 the AMF3 type has AMF0 values behind a format byte, which may be missing", () => {
  const payload = encodeAmf0(["connect", 1, null]);
  for (const bytes of [payload, withFormat(payload)]) {
    const command = decodeCommand(message(MessageType.commandAmf3, bytes));
    assert.deepEqual(command, { name: "connect", transactionId: 1, object: null, args: [] });
  }
});

test("§7.1.1 a command may lack everything but its name", () => {
  const bare = decodeCommand(message(MessageType.commandAmf0, encodeAmf0(["FCPublish"])));
  assert.deepEqual(bare, { name: "FCPublish", transactionId: 0, object: undefined, args: [] });
  const odd = decodeCommand(message(MessageType.commandAmf0, encodeAmf0(["play", "1", null, "x"])));
  assert.equal(odd?.transactionId, 0);
  for (const payload of [new Uint8Array(0), encodeAmf0([1, 2]), encodeAmf0([null])]) {
    assert.throws(() => decodeCommand(message(MessageType.commandAmf0, payload)), MalformedError);
  }
});

test("messages of other types are neither commands nor data", () => {
  const payload = encodeAmf0(["play"]);
  assert.equal(decodeCommand(message(MessageType.dataAmf0, payload)), undefined);
  assert.equal(decodeCommand(message(MessageType.video, payload)), undefined);
  assert.equal(decodeData(message(MessageType.commandAmf0, payload)), undefined);
});

test("any bytes are a command, data, or malformed", () => {
  const types = fc.constantFrom(
    MessageType.commandAmf0,
    MessageType.commandAmf3,
    MessageType.dataAmf0,
    MessageType.dataAmf3,
  );
  fc.assert(
    fc.property(types, fc.uint8Array({ maxLength: 200 }), (type, payload) => {
      orMalformed(() => decodeCommand(message(type, payload)));
      orMalformed(() => decodeData(message(type, payload)));
    }),
  );
});

test("every truncation of a command is malformed, or has fewer values", () => {
  const object = Object.assign(createAmfObject(), { app: "live", nested: [1, "two", null] });
  const { payload } = encodeCommand(
    { name: "connect", transactionId: 1, object, args: ["a", 2] },
    0,
  );
  for (let length = 0; length < payload.length; length += 1) {
    const cut = message(MessageType.commandAmf0, payload.subarray(0, length));
    const decoded = orMalformed(() => decodeCommand(cut));
    if (decoded === "malformed") continue;
    assert.equal(decoded?.name, "connect");
    assert.ok((decoded?.args.length ?? 0) < 2);
  }
});

test("§7.1.2 data survives the wire, in both types", () => {
  const values = ["cue", 1, null, [true]];
  const sent = encodeData({ name: "onCuePoint", values }, 7, 40);
  assert.equal(sent.type, MessageType.dataAmf0);
  assert.deepEqual([sent.streamId, sent.timestampMs], [7, 40]);
  assert.deepEqual(decodeData(sent), { name: "onCuePoint", values });
  const amf3 = message(MessageType.dataAmf3, withFormat(sent.payload));
  assert.deepEqual(decodeData(amf3), { name: "onCuePoint", values });
});

test("§7.1.2 metadata whose end is cut off is taken as it is, a command is not", () => {
  const whole = encodeAmf0(["onMetaData", { width: 320 }]);
  const cut = whole.subarray(0, whole.length - 3);
  const data = decodeData(message(MessageType.dataAmf0, cut));
  assert.equal(data?.name, "onMetaData");
  assert.deepEqual({ ...(data?.values[0] as object) }, { width: 320 });
  assert.throws(() => decodeCommand(message(MessageType.commandAmf0, cut)), MalformedError);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import { decodeFlowMessage, encodeFlowMessage } from "../../../protocol/tc/flow-message.ts";
import { decodeFlowMetadata, encodeFlowMetadata } from "../../../protocol/tc/flow-metadata.ts";

test("§5.1.1 metadata of flows of streams 0, 5 and 200", () => {
  assert.equal(toHex(encodeFlowMetadata(0)), "54430400");
  assert.equal(toHex(encodeFlowMetadata(5)), "54430405");
  assert.equal(toHex(encodeFlowMetadata(200)), "5443048148");
});

test("§5.1.1 the receive intent is a hint: network order, or the original one", () => {
  assert.equal(toHex(encodeFlowMetadata(1, "network")), "54430501");
  assert.deepEqual(decodeFlowMetadata(fromHex("54430501")), { streamId: 1, order: "network" });
  assert.deepEqual(decodeFlowMetadata(fromHex("54430401")), { streamId: 1, order: "sequence" });
});

test("§5.1.1 metadata survives the wire; reserved flags and what follows do not matter", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), fc.uint8Array(), (streamId, tail) => {
      const metadata = encodeFlowMetadata(streamId);
      assert.equal(decodeFlowMetadata(metadata)?.streamId, streamId);
      metadata[2] = 0xff;
      assert.equal(decodeFlowMetadata(Uint8Array.of(...metadata, ...tail))?.streamId, streamId);
    }),
  );
});

test("§5.1.1 metadata of any other kind has no stream", () => {
  // Another signature, no stream ID although it must be there, cut off, a VLU without end.
  for (const hex of ["", "54", "5443", "544304", "54440405", "55430405", "54430005", "54430481"]) {
    assert.equal(decodeFlowMetadata(fromHex(hex)), undefined, hex);
  }
  assert.equal(
    decodeFlowMetadata(Uint8Array.of(0x54, 0x43, 4, ...Array(20).fill(0x80))),
    undefined,
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 16 }), (metadata) => {
      const decoded = decodeFlowMetadata(metadata);
      assert.ok(decoded === undefined || decoded.streamId >= 0);
    }),
  );
});

test("§5.1.2 a message is its type, its timestamp and its payload", () => {
  const message = {
    type: MessageType.video,
    streamId: 3,
    timestampMs: 0xfedc_ba98,
    payload: fromHex("1700"),
  };
  assert.equal(toHex(encodeFlowMessage(message)), "09fedcba981700");
  assert.deepEqual(decodeFlowMessage(fromHex("09fedcba981700"), 3), message);
});

test("§5.1.2 messages survive the wire; less than a header is malformed", () => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(0xffff_ffff), fc.uint8Array(), (type, timestampMs, payload) => {
      const message = { type, streamId: 1, timestampMs, payload: new Uint8Array(payload) };
      const bytes = encodeFlowMessage(message);
      assert.deepEqual(decodeFlowMessage(bytes, 1), message);
      for (let length = 0; length < 5; length += 1) {
        assert.throws(() => decodeFlowMessage(bytes.subarray(0, length), 1), MalformedError);
      }
      for (let length = 5; length < bytes.length; length += 1) {
        const cut = decodeFlowMessage(bytes.subarray(0, length), 1);
        assert.equal(cut.payload.length, length - 5);
      }
    }),
  );
});

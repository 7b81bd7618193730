import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkReader } from "../../../protocol/rtmp/chunk-reader.ts";
import { ChunkWriter } from "../../../protocol/rtmp/chunk-writer.ts";
import { encodeControl } from "../../../protocol/rtmp/control.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import { SharedChunks } from "../../../protocol/rtmp/shared-chunks.ts";
import { readMessages } from "../../support/rtmp.ts";

const message = (timestampMs: number, size: number): Message => ({
  type: MessageType.video,
  streamId: 1,
  timestampMs,
  payload: new Uint8Array(size).fill(timestampMs),
});

test("connections with one chunk size get the same bytes, others their own", () => {
  const shared = { ...message(40, 300), chunks: new SharedChunks() };
  const [one, two, large] = [new ChunkWriter(), new ChunkWriter(), new ChunkWriter()];
  large.write(encodeControl({ type: "setChunkSize", chunkBytes: 4_096 }));
  one.write(message(0, 10)); // What a far end remembers makes no difference.
  const bytes = one.write(shared);
  assert.equal(two.write(shared), bytes);
  assert.notEqual(large.write(shared).length, bytes.length);
  assert.notEqual(two.write({ ...shared, streamId: 2 }), bytes);
  assert.notEqual(two.write({ ...shared, timestampMs: 41 }), bytes, "no longer the same message");
  assert.equal(two.write(shared), bytes);
});

test("only so many forms are kept", () => {
  const shared = { ...message(40, 3), chunks: new SharedChunks() };
  const writer = new ChunkWriter();
  const forms = Array.from({ length: 5 }, (_, at) => writer.write({ ...shared, streamId: at + 1 }));
  assert.equal(writer.write({ ...shared, streamId: 4 }), forms[3]);
  assert.notEqual(writer.write({ ...shared, streamId: 5 }), forms[4]);
});

test("§5.3 shared or not, receivers read the same", () => {
  const any = fc.record({
    timestampMs: fc.oneof(fc.nat(100), fc.constantFrom(0xff_fffe, 0xff_ffff, 0xffff_ffff)),
    size: fc.nat(400),
    isShared: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 20 }), (list) => {
      const writer = new ChunkWriter();
      const sent = list.map(({ timestampMs, size }) => message(timestampMs, size));
      const bytes = sent.map((one, at) =>
        writer.write(list[at]?.isShared ? { ...one, chunks: new SharedChunks() } : one),
      );
      assert.deepEqual(readMessages(new ChunkReader(), bytes), sent);
    }),
  );
});

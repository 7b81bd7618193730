import assert from "node:assert/strict";
import { test } from "node:test";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { readChunk } from "../../../protocol/wire/chunk.ts";
import { writePadding } from "../../../protocol/wire/chunks/padding.ts";
import { writePing } from "../../../protocol/wire/chunks/ping.ts";

test("§2.3 Padding takes exactly its size and hides nothing behind it", () => {
  for (const size of [3, 4, 260, 8_000]) {
    const writer = new Writer();
    writePadding(writer, size);
    assert.equal(writer.length, size);
    writePing(writer, Uint8Array.of(7));
    const packet = writer.finish();
    const reader = new Reader(packet);
    assert.equal(readChunk(packet, reader)?.type, 0xff);
    assert.deepEqual([...(readChunk(packet, reader)?.payload.rest() ?? [])], [7]);
  }
});

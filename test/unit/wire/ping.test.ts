import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import { writePing, writePingReply } from "../../../protocol/wire/chunks/ping.ts";
import { hex } from "../../support/bytes.ts";
import { anyBytes, chunkOf, onlyChunk } from "../../support/chunk-laws.ts";

const none = new Uint8Array(0);

test("§2.3.9 §2.3.10 the message may be empty", () => {
  assert.deepEqual(
    chunkOf((writer) => writePing(writer, none)),
    hex("01 0000"),
  );
  assert.deepEqual(
    chunkOf((writer) => writePingReply(writer, none)),
    hex("41 0000"),
  );
});

test("§2.3.9 §2.3.10 the payload is the message", () => {
  fc.assert(
    fc.property(anyBytes, (message) => {
      const ping = onlyChunk(chunkOf((writer) => writePing(writer, message)));
      const reply = onlyChunk(chunkOf((writer) => writePingReply(writer, message)));
      assert.deepEqual([ping.type, ping.payload.rest()], [ChunkType.ping, message]);
      assert.deepEqual([reply.type, reply.payload.rest()], [ChunkType.pingReply, message]);
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import { readBufferProbe, writeBufferProbe } from "../../../protocol/wire/chunks/buffer-probe.ts";
import { hex } from "../../support/bytes.ts";
import {
  anyVlu,
  assertRoundTrip,
  assertTotal,
  assertTruncationsMalformed,
  type ChunkCodec,
  chunkOf,
} from "../../support/chunk-laws.ts";

const codec: ChunkCodec<number> = {
  type: ChunkType.bufferProbe,
  read: readBufferProbe,
  write: writeBufferProbe,
  value: anyVlu,
};

test("§2.3.15 the payload is the flow ID", () => {
  assert.deepEqual(
    chunkOf((writer) => writeBufferProbe(writer, 514)),
    hex("18 0002 8402"),
  );
});

test("§2.3.15 every Buffer Probe is read back", () => assertRoundTrip(codec));

test("§2.3.15 any bytes are a Buffer Probe or malformed", () => assertTotal(codec));

test("§2.3.15 a flow ID that is cut off is malformed", () => {
  assertTruncationsMalformed(readBufferProbe, hex("8402"), 2);
});

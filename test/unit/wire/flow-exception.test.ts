import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import {
  type FlowException,
  readFlowException,
  writeFlowException,
} from "../../../protocol/wire/chunks/flow-exception.ts";
import { hex } from "../../support/bytes.ts";
import {
  anyVlu,
  assertRoundTrip,
  assertTotal,
  assertTruncationsMalformed,
  type ChunkCodec,
  chunkOf,
} from "../../support/chunk-laws.ts";

const codec: ChunkCodec<FlowException> = {
  type: ChunkType.flowException,
  read: readFlowException,
  write: writeFlowException,
  value: fc.record({ flowId: anyVlu, exceptionCode: anyVlu }, { noNullPrototype: true }),
};

test("§2.3.16 flow ID and exception code", () => {
  assert.deepEqual(
    chunkOf((writer) => writeFlowException(writer, { flowId: 2, exceptionCode: 0 })),
    hex("5e 0002 02 00"),
  );
});

test("§2.3.16 every Flow Exception Report is read back", () => assertRoundTrip(codec));

test("§2.3.16 any bytes are a Flow Exception Report or malformed", () => assertTotal(codec));

test("§2.3.16 cut off it is malformed", () => {
  assertTruncationsMalformed(readFlowException, hex("8402 8100"), 4);
});

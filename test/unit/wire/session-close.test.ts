import assert from "node:assert/strict";
import { test } from "node:test";
import {
  writeSessionCloseAck,
  writeSessionCloseRequest,
} from "../../../protocol/wire/chunks/session-close.ts";
import { hex } from "../../support/bytes.ts";
import { chunkOf } from "../../support/chunk-laws.ts";

test("§2.3.17 §2.3.18 close request and acknowledgement have no payload", () => {
  assert.deepEqual(chunkOf(writeSessionCloseRequest), hex("0c 0000"));
  assert.deepEqual(chunkOf(writeSessionCloseAck), hex("4c 0000"));
});

import assert from "node:assert/strict";
import { it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { noteBuffers } from "../../../protocol/node/young-buffers.ts";

it("buffers that were noted are freed long before a full collection would be due", async () => {
  const before = process.memoryUsage().arrayBuffers;
  let mostBytes = 0;
  for (let round = 0; round < 100; round += 1) {
    makeBuffers(MEGABYTE);
    mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers - before);
    await turn();
  }
  assert.ok(mostBytes < 16 * MEGABYTE, `${mostBytes} bytes of garbage`);
  assert.ok(mostBytes > MEGABYTE, "nothing was measured");
});

it("nobody else gets to see the collector", () => {
  noteBuffers(100 * MEGABYTE);
  assert.equal("gc" in globalThis, false);
});

function makeBuffers(bytes: number): void {
  for (let made = 0; made < bytes; made += BUFFER) {
    new Uint8Array(BUFFER).fill(1);
    noteBuffers(BUFFER);
  }
}

const BUFFER = 16_384;
const MEGABYTE = 1_048_576;

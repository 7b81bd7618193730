import assert from "node:assert/strict";
import { test } from "node:test";
import { MediaHeads } from "../../../protocol/tc/media-heads.ts";

test("what is kept for later has a limit", () => {
  const heads = new MediaHeads();
  for (let track = 0; track < 100; track += 1) {
    const slot = `sequence-start ${track}`;
    const payload = new Uint8Array(track < 70 ? 10 : 100_000);
    const message = { type: 9, streamId: 1, timestampMs: 0, payload };
    heads.add({ kind: "video-header", slot, message });
    heads.add({ kind: "data", message });
  }
  assert.equal(heads.take().length, 64);
  for (let track = 0; track < 5; track += 1) {
    const payload = new Uint8Array(60_000);
    const message = { type: 9, streamId: 1, timestampMs: 0, payload };
    heads.add({ kind: "video-header", slot: `sequence-start ${track}`, message });
  }
  assert.equal(heads.take().length, 3);
  assert.deepEqual(heads.take(), []);
});

test("what is kept for later holds on to no buffer that is far larger", () => {
  const heads = new MediaHeads();
  const payload = new Uint8Array(65_536).subarray(7, 17);
  const message = { type: 8, streamId: 1, timestampMs: 0, payload };
  heads.add({ kind: "audio-header", slot: "sequence-start ", message });
  assert.equal(heads.take()[0]?.message.payload.buffer.byteLength, 10);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeControl } from "../../../protocol/rtmp/control.ts";
import { rtmpGreeting } from "../../../protocol/tc/rtmp-greeting.ts";

test("§5.4 windows and a chunk size, but no chunk size for ffmpeg's RTMPE", () => {
  for (const [scheme, types] of [
    ["rtmp", ["windowAckSize", "setPeerBandwidth", "setChunkSize"]],
    ["rtmpts", ["windowAckSize", "setPeerBandwidth", "setChunkSize"]],
    ["rtmpe", ["windowAckSize", "setPeerBandwidth"]],
    ["rtmpte", ["windowAckSize", "setPeerBandwidth"]],
  ] as const) {
    const sent = rtmpGreeting(scheme).map((message) => decodeControl(message)?.type);
    assert.deepEqual(sent, types);
  }
});

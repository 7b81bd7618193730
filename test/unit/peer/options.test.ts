import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPeerOptions, type PeerOptions } from "../../../peer/options.ts";

/** Options as somebody without types may pass them. */
function check(options: Readonly<Record<string, unknown>>): () => void {
  return () => checkPeerOptions(options as PeerOptions);
}

test("no option is needed, and undefined stands for none", () => {
  assert.doesNotThrow(check({}));
  const fields = ["signal", "identity", "token", "port", "connectTimeoutMs", "keepaliveMs"];
  for (const field of [...fields, "deadlines", "protection", "platform"]) {
    assert.doesNotThrow(check({ [field]: undefined }), field);
  }
  assert.doesNotThrow(check({ deadlines: { audioMs: undefined } }));
});

test("values within their ranges are accepted, the ends included", () => {
  for (const port of [0, 1, 65_535]) assert.doesNotThrow(check({ port }));
  for (const ms of [1, 0.5 + 1, 3_600_000]) {
    assert.doesNotThrow(check({ connectTimeoutMs: ms, keepaliveMs: ms }));
  }
  const deadlines = { audioMs: 0, interMs: 1, keyframeMs: Number.POSITIVE_INFINITY };
  assert.doesNotThrow(check({ deadlines, token: "" }));
});

test("an unknown field is named", () => {
  assert.throws(check({ signals: 1 }), { name: "RangeError", message: "unknown option: signals" });
  assert.throws(check({ deadlines: { videoMs: 1 } }), {
    message: "unknown option: deadlines.videoMs",
  });
});

test("a value out of range, or of another type, is a RangeError that names the field", () => {
  const bad: Readonly<Record<string, readonly unknown[]>> = {
    port: [-1, 65_536, 1.5, Number.NaN, "80", null],
    connectTimeoutMs: [0, -1, 3_600_001, Number.NaN, "1000", null],
    keepaliveMs: [0, Number.POSITIVE_INFINITY, "1000"],
    maxDatagramBytes: [1_199, 65_508, "1472"],
    token: [1, null, {}],
    relay: [0, "no", null],
    portMapping: [0, "no", null],
    hostAddresses: ["some", true, null],
    transport: ["quic", null],
    congestion: ["none", null],
    compat: ["flesh", true, null],
  };
  for (const [field, values] of Object.entries(bad)) {
    for (const value of values) {
      const isNamed = { name: "RangeError", message: new RegExp(`^${field}: `) };
      assert.throws(check({ [field]: value }), isNamed, `${field}: ${String(value)}`);
    }
  }
  for (const value of [-1, Number.NaN, "100"]) {
    assert.throws(check({ deadlines: { interMs: value } }), /^RangeError: deadlines\.interMs: /);
  }
});

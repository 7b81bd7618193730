import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRtmpUrl } from "../../../protocol/rtmp/url.ts";

test("each scheme has its port", () => {
  const ports = ["rtmp", "rtmps", "rtmpe", "rtmpt", "rtmpte", "rtmpts"].map(
    (scheme) => parseRtmpUrl(`${scheme}://host/live`).port,
  );
  assert.deepEqual(ports, [1935, 443, 1935, 80, 80, 443]);
});

test("host, port and path, in every form", () => {
  const rtmp = { scheme: "rtmp", host: "example.org", port: 1935, path: "" };
  assert.deepEqual(parseRtmpUrl("RTMP://example.org"), rtmp);
  assert.deepEqual(parseRtmpUrl("rtmp://example.org/"), rtmp);
  assert.deepEqual(parseRtmpUrl("rtmpts://[2001:db8::1]:8443/a/b/c?d=e"), {
    scheme: "rtmpts",
    host: "2001:db8::1",
    port: 8443,
    path: "a/b/c?d=e",
  });
});

for (const text of [
  "",
  "example.org",
  "http://example.org/",
  "constructor://example.org/",
  "rtmp:///live",
  "rtmp://host:0/",
  "rtmp://host:65536/",
  "rtmp://host:x/",
  "rtmp://user@host/",
  "rtmp://2001:db8::1/",
  "rtmp://host/a b",
]) {
  test(`"${text}" is no URL of RTMP`, () => {
    assert.throws(() => parseRtmpUrl(text), RangeError);
  });
}

test("any text is a URL or a RangeError", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string().map((rest) => `rtmp://${rest}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        assert.ok(parseRtmpUrl(text).port <= 65_535);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRendezvousUrl } from "../../../peer/url.ts";

test("§4.4.2.2 the URL goes into the discriminator as it was given", () => {
  const href = "rtmfp://Example.org:1936/chat/room?x=1";
  const { host, port, app } = parseRendezvousUrl(href);
  assert.deepEqual([host.toLowerCase(), port, app], ["example.org", 1936, "chat/room"]);
  assert.equal(parseRendezvousUrl(href).href, href);
});

test("§6.1 the port is 1935 unless the URL says otherwise; the application may be empty", () => {
  for (const [text, host, port, app] of [
    ["rtmfp://127.0.0.1", "127.0.0.1", 1935, ""],
    ["rtmfp://127.0.0.1/", "127.0.0.1", 1935, ""],
    ["rtmfp://[::1]/chat", "::1", 1935, "chat"],
    ["rtmfp://[2001:db8::1]:5/chat", "2001:db8::1", 5, "chat"],
    ["RTMFP://host:65535//chat", "host", 65_535, "chat"],
  ] as const) {
    const url = parseRendezvousUrl(text);
    assert.deepEqual([url.host, url.port, url.app], [host, port, app], text);
  }
});

test("anything else is a TypeError that shows how it is written", () => {
  const others = ["", "chat", "host:1935", "rtmp://host/chat", "http://host/chat", "rtmfp:///chat"];
  const bad = ["rtmfp://", "rtmfp://host:0/chat", "rtmfp://host:65536/chat", "rtmfp://ho st/chat"];
  for (const text of [...others, ...bad]) {
    assert.throws(
      () => parseRendezvousUrl(text),
      { name: "TypeError", message: /rtmfp:\/\/host\[:port\]\/app/ },
      text,
    );
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRemoteStream } from "../../../rendezvous/forward/remote-stream.ts";
import { parseRoute, remoteOf } from "../../../rendezvous/forward/route.ts";

test("the name of a far stream follows the last slash, but for slashes in its query", () => {
  const cases: readonly (readonly [url: string, app: string, name: string])[] = [
    ["rtmp://a.example/live/cam", "live", "cam"],
    ["rtmps://a.example:443/live2/k-e-y?a=b/c&d", "live2", "k-e-y?a=b/c&d"],
    ["rtmpt://[::1]:8080/app/instance/cam", "app/instance", "cam"],
    ["rtmp://a.example/live?vhost=b.example/cam", "live?vhost=b.example", "cam"],
    ["RTMPE://a.example/live/*", "live", "*"],
  ];
  for (const [text, app, name] of cases) {
    const remote = parseRemoteStream(text);
    assert.deepEqual([remote.app, remote.name], [app, name]);
    assert.equal(`${remote.url}/${name}`, text);
    assert.ok(remote.url.endsWith(app));
  }
});

test("user and password stand before the server, and in nothing that is shown", () => {
  const remote = parseRemoteStream("rtmps://ada:love%2Flace@a.example:443/live/cam?key=a@b");
  assert.deepEqual(remote, {
    url: "rtmps://a.example:443/live",
    app: "live",
    name: "cam?key=a@b",
    credentials: { user: "ada", password: "love/lace" },
  });
  const odd = parseRemoteStream("rtmp://ada:p@ss:word@[::1]/live/cam");
  assert.deepEqual(odd.credentials, { user: "ada", password: "p@ss:word" });
  assert.equal(odd.url, "rtmp://[::1]/live");
  assert.equal(parseRemoteStream("rtmp://a.example/live/x@y:z@w").credentials, undefined);
  for (const bad of ["rtmp://ada@a.example/live/cam", "rtmp://ada:100%@a.example/live/cam"]) {
    assert.throws(() => parseRemoteStream(bad), RangeError);
  }
});

test("a route: a stream here, and where it is elsewhere", () => {
  const there = "rtmp://a.example/x/y";
  const full = parseRoute("push", `app/instance/cam=${there}?a=b`);
  assert.deepEqual([full.kind, full.app, full.name], ["push", "app/instance", "cam"]);
  assert.equal(remoteOf(full, "app/instance", "cam")?.name, "y?a=b");
  assert.equal(remoteOf(full, "app", "cam"), undefined);
  assert.equal(remoteOf(full, "app/instance", "other"), undefined);
  assert.equal(parseRoute("pull", `cam=${there}`).app, "live");
});

test("a pattern: all streams of an application, whatever they are called", () => {
  const route = parseRoute("pull", "app/*=rtmp://a.example/x/here-*?key");
  fc.assert(
    fc.property(fc.string(), (name) => {
      assert.equal(remoteOf(route, "app", name)?.name, `here-${name}?key`);
      assert.equal(remoteOf(route, "other", name), undefined);
    }),
  );
});

test("what is no route says so in one line", () => {
  const bad = [
    "",
    "cam",
    "=rtmp://a.example/x/y",
    "/cam=rtmp://a.example/x/y",
    "app/=rtmp://a.example/x/y",
    "cam=http://a.example/x/y",
    "cam=rtmp://a.example",
    "cam=rtmp://a.example/y",
    "cam=rtmp://a.example/x/",
    "*=rtmp://a.example/x/y",
    "cam=rtmp://a.example/x/*",
    "a*=rtmp://a.example/x/*",
  ];
  for (const text of bad) {
    assert.throws(
      () => parseRoute("push", text),
      (error) => error instanceof RangeError && !error.message.includes("\n"),
      text,
    );
  }
});

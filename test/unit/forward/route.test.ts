import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { followRemote, parseRemoteLocation } from "../../../rendezvous/forward/remote-location.ts";
import { parseRoute, remoteOf } from "../../../rendezvous/forward/route.ts";
import { encodePaths, pathsThrough, readPaths } from "../../../rendezvous/forward/via.ts";

test("the name of a far stream follows the last slash, but for slashes in its query", () => {
  const cases: readonly (readonly [url: string, app: string, name: string])[] = [
    ["rtmp://a.example/live/cam", "live", "cam"],
    ["rtmps://a.example:443/live2/k-e-y?a=b/c&d", "live2", "k-e-y?a=b/c&d"],
    ["rtmpt://[::1]:8080/app/instance/cam", "app/instance", "cam"],
    ["rtmp://a.example/live?vhost=b.example/cam", "live?vhost=b.example", "cam"],
    ["RTMPE://a.example/live/*", "live", "*"],
  ];
  for (const [text, app, name] of cases) {
    const remote = parseRemoteLocation(text);
    assert.deepEqual([remote.app, remote.name], [app, name]);
    assert.equal(`${remote.url}/${name}`, text);
    assert.ok(remote.url.endsWith(app));
  }
});

test("user and password stand before the server, and in nothing that is shown", () => {
  const remote = parseRemoteLocation("rtmps://ada:love%2Flace@a.example:443/live/cam?key=a@b");
  assert.deepEqual(remote, {
    url: "rtmps://a.example:443/live",
    app: "live",
    name: "cam?key=a@b",
    credentials: { user: "ada", password: "love/lace" },
  });
  const odd = parseRemoteLocation("rtmp://ada:p@ss:word@[::1]/live/cam");
  assert.deepEqual(odd.credentials, { user: "ada", password: "p@ss:word" });
  assert.equal(odd.url, "rtmp://[::1]/live");
  assert.equal(parseRemoteLocation("rtmp://a.example/live/x@y:z@w").credentials, undefined);
  for (const bad of ["rtmp://ada@a.example/live/cam", "rtmp://ada:100%@a.example/live/cam"]) {
    assert.throws(() => parseRemoteLocation(bad), RangeError);
  }
});

test("where a server asks us to go: absolute or relative, with an application, and never out of TLS", () => {
  const from = parseRemoteLocation("rtmps://ada:x@a.example/live/cam?key");
  const urlOf = (tcUrl: string, start = from): string | undefined =>
    followRemote(start, tcUrl)?.url;
  assert.equal(urlOf("rtmps://b.example:444/other"), "rtmps://b.example:444/other");
  assert.equal(urlOf("//b.example/live/"), "rtmps://b.example/live");
  assert.equal(urlOf("/other/instance"), "rtmps://a.example/other/instance");
  for (const bad of [
    "rtmp://b.example/live",
    "rtmps://b.example/",
    "http://b.example/x",
    "rtmps://",
  ]) {
    assert.equal(urlOf(bad), undefined, bad);
  }
  const plain = parseRemoteLocation("rtmp://a.example/live/cam");
  assert.equal(urlOf("rtmpts://b.example/live", plain), "rtmpts://b.example/live");
  const there = followRemote(from, "//b.example/x/y");
  assert.deepEqual([there?.app, there?.name, there?.credentials?.user], ["x/y", "cam?key", "ada"]);
});

test("for whom a server wants a stream: not for what comes through itself, the nearest first", () => {
  const [self, one, two] = ["0".repeat(16), "1".repeat(16), "2".repeat(16)];
  const paths = pathsThrough(self, [[one, two], [two, self, one], [], [two]]);
  assert.deepEqual(paths, [[self], [self, two], [self, one, two]]);
  assert.deepEqual(readPaths(encodePaths(paths)), paths);
  assert.deepEqual(readPaths(encodePaths([])), []);
  const many = new Array<string[]>(2_000).fill([one]);
  assert.equal(pathsThrough(self, many).length, 16);
  assert.equal(readPaths(encodePaths(many)).length, 16);
  assert.deepEqual(pathsThrough(self, [new Array<string>(16).fill(one)]), []);
  for (const bad of [undefined, 7, "", "x", `${self} `, `${self},,`.slice(-2), "0".repeat(64)]) {
    assert.deepEqual(readPaths(bad), []);
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

test("what is no URL of a stream is told with the kind of route", () => {
  const bad = (text: string): (() => unknown) => {
    return () => parseRoute("push", text);
  };
  assert.throws(bad("cam=foo"), { name: "RangeError", message: /^push: "foo" is no RTMP URL/ });
  assert.throws(bad("cam=rtmp://h/app"), { message: /^push: "rtmp:\/\/h\/app" does not name/ });
});

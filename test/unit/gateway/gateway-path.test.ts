import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readGatewayPath } from "../../../peer/gateway/gateway-path.ts";

const peerId = "0123456789abcdef".repeat(4);

const paths: readonly [app: string, stream: string, source: string | undefined, name?: string][] = [
  ["local", "cam", "local", "cam"],
  ["pair", "cam", "pair", "cam"],
  ["server", "cam", "server", "cam"],
  [peerId, "cam", peerId, "cam"],
  [peerId.toUpperCase(), "cam", peerId, "cam"],
  ["local", "", "local", ""],
  // ffmpeg takes two segments for the app where there are three.
  ["local/room", "cam", "local", "room/cam"],
  ["local", "room/cam", "local", "room/cam"],
  ["local/", "/cam/", "local", "cam"],
  ["/local//", "cam", "local", "cam"],
  ["local?token=a/b", "cam?token=x/y?z", "local", "cam"],
  ["local/?x", "?cam", "local", ""],
  ["", "local/cam", "local", "cam"],
  ["", "", undefined],
  ["live", "cam", undefined],
  ["Local", "cam", undefined],
  ["constructor", "cam", undefined],
  [peerId.slice(1), "cam", undefined],
  [`${peerId}0`, "cam", undefined],
  [`g${peerId.slice(1)}`, "cam", undefined],
];

for (const [app, stream, source, name] of paths) {
  test(`app "${app}" and stream "${stream}" are ${source ? `${source} "${name}"` : "nothing"}`, () => {
    const expected = source === undefined ? undefined : { source, name };
    assert.deepEqual(readGatewayPath(app, stream), expected);
  });
}

test("wherever a client splits a path, it means the same", () => {
  const segment = fc.stringMatching(/^[a-z0-9 _%-]{1,8}$/);
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.nat(), (names, cut) => {
      const all = ["pair", ...names];
      const at = 1 + (cut % names.length);
      const path = readGatewayPath(all.slice(0, at).join("/"), all.slice(at).join("/"));
      assert.deepEqual(path, { source: "pair", name: names.join("/") });
    }),
  );
});

test("any text is a path or nothing", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (app, stream) => {
      const path = readGatewayPath(app, stream);
      assert.ok(path === undefined || !/^\/|\/$|\/\/|\?/.test(path.name));
    }),
  );
});

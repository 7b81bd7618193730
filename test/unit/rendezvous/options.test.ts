import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "../../../protocol/crypto/identity.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { selfSigned } from "../../../protocol/node/self-signed.ts";
import { checkOptions, type RendezvousOptions } from "../../../rendezvous/options.ts";

test("addresses to listen on", () => {
  const { rtmfp, rtmp, http } = checkOptions({
    rtmfp: ["0.0.0.0:1935", "[::]:1935", "localhost:0"],
    rtmp: "0.0.0.0:1936",
    http: "[::1]:8080",
  });
  assert.deepEqual(rtmfp, [
    { ip: "0.0.0.0", port: 1935 },
    { ip: "::", port: 1935 },
    { ip: "127.0.0.1", port: 0 },
  ]);
  assert.deepEqual(rtmp, [{ ip: "0.0.0.0", port: 1936 }]);
  assert.deepEqual(http, { ip: "::1", port: 8080 });
});

test("undefined is as good as nothing", () => {
  const options: RendezvousOptions = {
    rtmfp: "127.0.0.1:0",
    rtmp: undefined,
    rtmps: undefined,
    tls: undefined,
    http: undefined,
    identity: undefined,
    data: undefined,
    io: undefined,
    registry: undefined,
    matchmaker: undefined,
    logger: undefined,
    maxSessions: undefined,
    maxSessionsPerAddress: undefined,
    keepalive: undefined,
    graceMs: undefined,
  };
  assert.equal(checkOptions(options).http, undefined);
});

const peerIdentity = createIdentity(nodePrimitives, { kind: "static", groups: [31] });

const bad: readonly [string, object][] = [
  ["rtmfp", {}],
  ["rtmfp", { rtmfp: [] }],
  ["rtmfp", { rtmfp: "1935" }],
  ["rtmfp", { rtmfp: "example.org:1935" }],
  ["rtmfp", { rtmfp: "127.0.0.1:65536" }],
  ["rtmfp", { rtmfp: ["127.0.0.1:0", "::1:1935"] }],
  ["rtmp", { rtmfp: "127.0.0.1:0", rtmp: ["127.0.0.1:0", "1935"] }],
  ["rtmps", { rtmfp: "127.0.0.1:0", rtmps: "443" }],
  ["tls", { rtmfp: "127.0.0.1:0", tls: { cert: "x", key: "y" } }],
  ["tls", { rtmfp: "127.0.0.1:0", tls: { cert: "x" } }],
  ["tls", { rtmfp: "127.0.0.1:0", tls: { ...selfSigned("x", new Date()), minVersion: "SSLv9" } }],
  ["http", { rtmfp: "127.0.0.1:0", http: "8080" }],
  ["data", { rtmfp: "127.0.0.1:0", data: "" }],
  ["data", { rtmfp: "127.0.0.1:0", data: 1 }],
  ["identity", { rtmfp: "127.0.0.1:0", identity: peerIdentity }],
  ["keepalive.serverMs", { rtmfp: "127.0.0.1:0", keepalive: { serverMs: 4_999, peerMs: 5_000 } }],
  ["keepalive.peerMs", { rtmfp: "127.0.0.1:0", keepalive: { serverMs: 5_000, peerMs: 1e9 } }],
  ["maxSessions", { rtmfp: "127.0.0.1:0", maxSessions: 0 }],
  ["maxSessions", { rtmfp: "127.0.0.1:0", maxSessions: 1.5 }],
  ["maxSessionsPerAddress", { rtmfp: "127.0.0.1:0", maxSessionsPerAddress: 0 }],
  ["maxConnections", { rtmfp: "127.0.0.1:0", maxConnections: 0 }],
  ["maxConnectionsPerAddress", { rtmfp: "127.0.0.1:0", maxConnectionsPerAddress: 0.5 }],
  ["graceMs", { rtmfp: "127.0.0.1:0", graceMs: -1 }],
  ["unknown option: port", { rtmfp: "127.0.0.1:0", port: 1 }],
];

for (const [field, options] of bad) {
  test(`${JSON.stringify(options).slice(0, 60)} is refused, naming ${field}`, () => {
    assert.throws(
      () => checkOptions(options as RendezvousOptions),
      (error) => error instanceof RangeError && error.message.startsWith(field),
    );
  });
}

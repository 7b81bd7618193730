import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { test } from "node:test";
import { LiveStream } from "../../../protocol/tc/live-stream.ts";
import type { FlvStreams } from "../../../rendezvous/http/flv/flv-players.ts";
import { flvRoutes } from "../../../rendezvous/http/flv/routes.ts";
import { renderPage } from "../../../rendezvous/http/page.ts";
import { createHttpServer, listenHttp } from "../../../rendezvous/http/server.ts";
import type { ServerStatus } from "../../../rendezvous/index.ts";
import { eventually } from "../../support/temporary.ts";

const EVIL = `<script>alert("1")</script>&'`;

const idle: ServerStatus = {
  uptimeSeconds: 0,
  fingerprint: "ab".repeat(32),
  rtmfp: ["0.0.0.0:1935"],
  rtmp: ["0.0.0.0:1936"],
  rtmps: ["0.0.0.0:1937"],
  http: ["0.0.0.0:8080"],
  counts: {
    sessions: 0,
    peers: 0,
    pairs: 0,
    waiting: 0,
    streams: 0,
    introductions: 0,
    limitedHellos: 0,
    malformedDatagrams: 0,
    malformedMessages: 0,
    faults: 0,
  },
  peers: [],
  pairs: [],
  forwards: [],
  streams: [],
  relay: undefined,
};

const busy: ServerStatus = {
  ...idle,
  uptimeSeconds: 90_061,
  counts: { ...idle.counts, peers: 700, pairs: 1, waiting: 3, streams: 2 },
  forwards: [
    {
      kind: "push",
      app: "live",
      name: EVIL,
      url: "rtmp://far.example/live",
      state: "waiting",
      failures: 2,
      error: EVIL,
    },
  ],
  peers: [
    {
      id: "cd".repeat(32),
      app: EVIL,
      address: "192.0.2.1:5000",
      behindNat: true,
      roundTripMs: 12.34,
      connectedSeconds: 61,
    },
    {
      id: "ef".repeat(32),
      app: "chat",
      address: "[2001:db8::1]:5000",
      behindNat: undefined,
      roundTripMs: undefined,
      connectedSeconds: 1,
    },
  ],
  pairs: [["cd".repeat(32), "ef".repeat(32)]],
  streams: [{ app: "live", name: EVIL, isLive: true, players: 2 }],
};

test("the page shows what there is, and escapes what others have named", async (t) => {
  const server = createHttpServer(() => busy);
  t.after(() => server.close());
  const { statusCode, headers, body } = await server.inject({ url: "/" });
  assert.equal(statusCode, 200);
  assert.equal(headers["content-type"], "text/html; charset=utf-8");
  for (const text of ["1 d 01:01:01", "cdcdcdcd", "192.0.2.1:5000", "12.3 ms", "and 698 more"]) {
    assert.ok(body.includes(text), text);
  }
  assert.ok(!body.includes("<script"));
  assert.ok(body.includes("&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#38;&#39;"));
});

test("the page loads nothing, and its policy lets nothing but its own style be", async (t) => {
  const server = createHttpServer(() => idle);
  t.after(() => server.close());
  const { headers, body } = await server.inject({ url: "/" });
  const style = /<style>(.*)<\/style>/s.exec(body)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  assert.ok(String(headers["content-security-policy"]).includes(`style-src 'sha256-${hash}'`));
  assert.doesNotMatch(body, /\bsrc=|url\(|@import|https?:\/\//);
  assert.match(body, /<meta http-equiv="refresh"/);
});

test("the lines to copy name the server as the browser has found it", async (t) => {
  const server = createHttpServer(() => idle);
  t.after(() => server.close());
  const page = async (host: string): Promise<string> =>
    (await server.inject({ url: "/", headers: { host } })).body;
  const peerLine = (host: string): string =>
    `rtmfp peer --rendezvous rtmfp://${host}:1935/chat --pair --rtmp 127.0.0.1:1936`;
  assert.ok((await page("chat.example:8080")).includes(peerLine("chat.example")));
  assert.ok((await page("[::1]:8080")).includes(peerLine("[::1]")));
  assert.ok((await page("a;rm -rf /")).includes(peerLine("localhost")));
  const bound = renderPage(idle, "192.0.2.9:1935");
  for (const line of [
    peerLine("192.0.2.9"),
    "ffmpeg -re -i clip.flv -c copy -f flv rtmp://127.0.0.1:1936/local/cam",
    "ffplay rtmp://127.0.0.1:1936/pair/cam",
  ]) {
    assert.ok(bound.includes(`<pre>${line}</pre>`), line);
  }
});

test("/api/status says the same as JSON, /healthz that the server lives, others are not found", async (t) => {
  const server = createHttpServer(() => busy);
  t.after(() => server.close());
  const status = await server.inject({ url: "/api/status" });
  assert.deepEqual(status.json(), JSON.parse(JSON.stringify(busy)));
  assert.equal(status.headers["cache-control"], "no-store");
  const health = await server.inject({ url: "/healthz" });
  assert.deepEqual(health.json(), { status: "ok" });
  assert.equal((await server.inject({ url: "/nothing" })).statusCode, 404);
  assert.equal((await server.inject({ method: "POST", url: "/" })).statusCode, 404);
});

test("a server of this machine alone shows nothing to who asks for it by a name", async (t) => {
  const local = createHttpServer(() => busy, undefined, { isLocal: true });
  t.after(() => local.close());
  const statusOf = async (url: string, host: string): Promise<number> =>
    (await local.inject({ url, headers: { host } })).statusCode;
  for (const url of ["/", "/api/status"]) {
    for (const host of ["evil.example", "127.0.0.1.evil.example:8080", "localhost.evil.example"]) {
      assert.equal(await statusOf(url, host), 403, `${host}${url}`);
    }
    for (const host of ["127.0.0.1:8080", "[::1]:8080", "localhost:8080", "chat.localhost"]) {
      assert.equal(await statusOf(url, host), 200, `${host}${url}`);
    }
  }
  assert.equal(await statusOf("/healthz", "evil.example"), 200);
});

test("connections have a limit, and who does not ask in time is hung up on", async (t) => {
  const limits = { max: 3, maxPerAddress: 3 };
  const server = createHttpServer(() => idle, undefined, { limits, requestMs: 100 });
  t.after(() => server.close());
  const [address = ""] = await listenHttp(server, { ip: "127.0.0.1", port: 0 });
  const port = Number(address.split(":").at(-1));
  const opened = Array.from({ length: 5 }, () => connect(port, "127.0.0.1"));
  t.after(() => opened.forEach((socket) => void socket.destroy()));
  let closed = 0;
  for (const socket of opened) socket.on("close", () => (closed += 1)).resume();
  await eventually(() => closed === 2);
  await eventually(() => closed === 5);
});

test("players of FLV: who there is room for, of what is live", async (t) => {
  const server = createHttpServer(() => idle);
  t.after(() => server.close());
  const asked: string[] = [];
  const streams: FlvStreams = {
    find: (...names) => {
      asked.push(names.join(" "));
      return names[1].startsWith("cam") ? new LiveStream("cam") : undefined;
    },
    turn: (change) => change(0),
  };
  await flvRoutes(server, streams, { maxPlayers: 0, graceMs: 0 });
  const statusOf = async (url: string): Promise<number> => (await server.inject(url)).statusCode;
  assert.equal(await statusOf("/live/a%20b/cam.flv?token=1.2"), 503);
  assert.equal(await statusOf("/live/none.flv"), 404);
  assert.equal(await statusOf("/live/cam.mp4"), 404);
  assert.deepEqual(asked, ["live/a b cam?token=1.2", "live none"]);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import { connectRtmp } from "../../../protocol/node/connect-rtmp.ts";

function nobody(): never {
  throw new Error("nobody is there");
}

/** A TCP server that does `act` with whoever comes; answers its port. */
async function serve(t: TestContext, act: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    act(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return address.port;
}

function isCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof RtmfpError && error.code === code;
}

test("what is no URL of RTMP is refused", async () => {
  await assert.rejects(connectRtmp("http://127.0.0.1/", nobody), RangeError);
});

test("nobody listens: UNREACHABLE", async () => {
  await assert.rejects(connectRtmp("rtmp://127.0.0.1:9/", nobody), isCode("UNREACHABLE"));
});

test("the server says nothing: TIMEOUT", async (t) => {
  const port = await serve(t, () => undefined);
  const options = { handshakeTimeoutMs: 50 };
  const connects = connectRtmp(`rtmp://127.0.0.1:${port}/`, nobody, options);
  await assert.rejects(connects, isCode("TIMEOUT"));
});

test("the server speaks another protocol: PROTOCOL", async (t) => {
  const port = await serve(t, (socket) => socket.write("220 mail.example.org ESMTP\r\n"));
  await assert.rejects(connectRtmp(`rtmp://127.0.0.1:${port}/`, nobody), isCode("PROTOCOL"));
});

test("the server hangs up: UNREACHABLE", async (t) => {
  const port = await serve(t, (socket) => socket.end());
  await assert.rejects(connectRtmp(`rtmp://127.0.0.1:${port}/`, nobody), isCode("UNREACHABLE"));
});

test("whoever waits can give up, at any moment", async (t) => {
  const reason = new Error("enough");
  const port = await serve(t, () => abort.abort(reason));
  const abort = new AbortController();
  const url = `rtmp://127.0.0.1:${port}/`;
  const same = (error: unknown): boolean => error === reason;
  await assert.rejects(connectRtmp(url, nobody, { signal: abort.signal }), same);
  await assert.rejects(connectRtmp(url, nobody, { signal: abort.signal }), same);
});

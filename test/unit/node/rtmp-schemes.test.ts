import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { RtmfpError } from "../../../protocol/errors.ts";
import { connectRtmp } from "../../../protocol/node/connect-rtmp.ts";
import { RtmpListener, type RtmpListenerOptions } from "../../../protocol/node/rtmp-listener.ts";
import { selfSigned } from "../../../protocol/node/self-signed.ts";
import type { Message } from "../../../protocol/rtmp/message.ts";
import type { Transport, TransportHandler } from "../../../protocol/tc/transport.ts";

const tls = selfSigned("localhost", new Date());

class Notes implements TransportHandler {
  readonly messages: Message[] = [];
  ends = 0;

  onMessage(message: Message): void {
    this.messages.push(message);
  }

  onEnd(): void {
    this.ends += 1;
  }
}

interface Stand {
  readonly port: number;
  readonly listener: RtmpListener;
  readonly schemes: string[];
  readonly server: Notes;
  transport: Transport | undefined;
}

async function listen(t: TestContext, options: RtmpListenerOptions = { tls }): Promise<Stand> {
  const server = new Notes();
  const schemes: string[] = [];
  const listener = await RtmpListener.listen(
    { ip: "127.0.0.1", port: 0 },
    (transport, { scheme }) => {
      stand.transport = transport;
      schemes.push(scheme);
      return server;
    },
    options,
  );
  t.after(() => listener.close());
  const { port } = listener.address;
  const stand: Stand = { port, listener, schemes, server, transport: undefined };
  return stand;
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("waited for 5 s");
    await sleep(5);
  }
}

function message(length: number, type = 9): Message {
  const payload = Uint8Array.from({ length }, (_, index) => index * 7);
  return { type, streamId: 1, timestampMs: 5, payload };
}

/** A command, and then more than one response through HTTP takes. */
const messages: readonly Message[] = [message(10, 20), message(1), message(300_000), message(70)];

const client = { tls: { ca: tls.cert, servername: "localhost" } };

test("rtmpt: who listens on loopback answers nothing that a page in a browser asks", async (t) => {
  const { port } = await listen(t);
  const post = async (origin: Readonly<Record<string, string>>): Promise<number | undefined> => {
    const asked = request({ port, method: "POST", path: "/open/1", agent: false, headers: origin });
    asked.end("\0");
    const [{ statusCode }] = (await once(asked, "response")) as [IncomingMessage];
    return statusCode;
  };
  assert.equal(await post({ origin: "http://evil.example:1936" }), 403);
  assert.equal(await post({}), 200);
});

test("so many connections", async (t) => {
  const { port } = await listen(t, { maxConnections: 2 });
  const sockets = [0, 1, 2].map(() => connect(port, "127.0.0.1"));
  t.after(() => sockets.forEach((socket) => void socket.destroy()));
  let closed = 0;
  for (const socket of sockets)
    socket.on("close", () => (closed += 1)).on("error", () => undefined);
  await until(() => closed === 1);
  sockets[0]?.destroy();
  sockets[1]?.destroy();
  await until(() => closed === 3);
  const next = connect(port, "127.0.0.1").on("error", () => undefined);
  t.after(() => next.destroy());
  next.write(Uint8Array.of(3, ...new Uint8Array(1_536)));
  await once(next, "data");
});

for (const scheme of ["rtmp", "rtmpe", "rtmps", "rtmpt", "rtmpte", "rtmpts"]) {
  test(`${scheme}: one port for all, messages both ways, and an orderly end`, async (t) => {
    const stand = await listen(t);
    const near = new Notes();
    let transport: Transport | undefined;
    const socket = await connectRtmp(
      `${scheme}://127.0.0.1:${stand.port}/`,
      (made) => {
        transport = made;
        return near;
      },
      client,
    );
    await until(() => stand.transport !== undefined);
    assert.deepEqual(stand.schemes, [scheme]);
    for (const one of messages) {
      transport?.send(one, {}, 0);
      stand.transport?.send(one, {}, 0);
    }
    await until(() => stand.server.messages.length === 4 && near.messages.length === 4);
    for (const { messages: received } of [near, stand.server]) {
      assert.deepEqual(
        received.map(({ payload }) => Buffer.from(payload)),
        messages.map(({ payload }) => Buffer.from(payload)),
      );
    }
    transport?.send(message(2), {}, 0);
    socket.close();
    assert.equal(await socket.closed, undefined);
    await until(() => stand.server.ends === 1);
    assert.equal(stand.server.messages.length, 5, "what was sent before the end arrived");
  });

  test(`${scheme}: a server that closes says its last words`, async (t) => {
    const stand = await listen(t);
    const near = new Notes();
    const url = `${scheme}://127.0.0.1:${stand.port}/`;
    const socket = await connectRtmp(url, () => near, client);
    await until(() => stand.transport !== undefined);
    stand.transport?.send(message(100), {}, 0);
    await stand.listener.close();
    assert.equal(await socket.closed, undefined);
    assert.equal(near.messages.length, 1);
    assert.equal(near.ends, 1);
  });
}

test("a certificate that nobody knows is refused, unless the client does not care", async (t) => {
  const { port } = await listen(t);
  for (const scheme of ["rtmps", "rtmpts"]) {
    const url = `${scheme}://127.0.0.1:${port}/`;
    await assert.rejects(
      connectRtmp(url, () => new Notes()),
      (error) => error instanceof RtmfpError && error.code === "UNREACHABLE",
    );
    const careless = { tls: { rejectUnauthorized: false } };
    const socket = await connectRtmp(url, () => new Notes(), careless);
    socket.close();
    await socket.closed;
  }
});

test("without a certificate there is no TLS, and where TLS is required nothing else", async (t) => {
  const without = await listen(t, {});
  const only = await listen(t, { tls, isTlsRequired: true });
  for (const [scheme, { port }] of [
    ["rtmps", without],
    ["rtmpts", without],
    ["rtmp", only],
    ["rtmpe", only],
    ["rtmpt", only],
  ] as const) {
    await assert.rejects(
      connectRtmp(`${scheme}://127.0.0.1:${port}/`, () => new Notes(), client),
      (error) => error instanceof RtmfpError && error.code === "UNREACHABLE",
    );
  }
  const socket = await connectRtmp(`rtmps://127.0.0.1:${only.port}/`, () => new Notes(), client);
  socket.close();
  await socket.closed;
});

test("versions of TLS: as old and as new as the server allows", async (t) => {
  const { port } = await listen(t, { tls: { ...tls, maxVersion: "TLSv1.2" } });
  const socket = connectTls({ port, host: "127.0.0.1", ca: tls.cert, servername: "localhost" });
  await once(socket, "secureConnect");
  assert.equal(socket.getProtocol(), "TLSv1.2");
  socket.destroy();
});

test("who says nothing, or nothing known, is hung up on", async (t) => {
  const { port } = await listen(t, { tls, handshakeTimeoutMs: 100 });
  for (const bytes of ["", "\0", "\x04", "ssh", "\xff"]) {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => undefined).resume();
    socket.write(bytes, "latin1");
    await once(socket, "close");
  }
});

test("a request that comes byte by byte is a request", async (t) => {
  const { port } = await listen(t);
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  t.after(() => socket.destroy());
  let answer = "";
  socket.on("data", (bytes: Buffer) => {
    answer += bytes.toString("latin1");
  });
  for (const letter of "POST /open/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n\0") {
    socket.write(letter);
    await sleep(1);
  }
  await until(() => /\r\n\r\n[0-9a-f]{32}\n$/.test(answer));
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\nContent-Length: 33\r\n/);
});

test("who never finishes a header is hung up on, however busily", async (t) => {
  const { port } = await listen(t, { tls, handshakeTimeoutMs: 100 });
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => undefined).resume();
  socket.write("POST /open/1 HTTP/1.1\r\nHost: x\r\nX: ");
  const writing = setInterval(() => socket.write("a"), 10);
  t.after(() => clearInterval(writing));
  // What is on its way then is answered with a reset, or comes too late for that.
  await new Promise((resolve) => void socket.on("close", resolve));
});

test("what is no request of a tunnel is told so, a body without end is cut off", async (t) => {
  const { port } = await listen(t);
  const url = `http://127.0.0.1:${port}`;
  assert.equal((await fetch(`${url}/`)).status, 404);
  assert.equal((await fetch(`${url}/crossdomain.xml`, { method: "POST" })).status, 400);
  assert.equal((await fetch(`${url}/fcs/ident2`, { method: "POST", body: "\0" })).status, 404);
  const long = fetch(`${url}/open/1`, { method: "POST", body: new Uint8Array(5_000_000) });
  await assert.rejects(long, TypeError);
});

test("an idle client is held, so that it asks ten times a second and no more", async (t) => {
  const { port } = await listen(t);
  const post = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body: "\0" });
  const name = (await (await post("/open/1")).text()).trim();
  const start = performance.now();
  for (let sequence = 0; sequence < 3; sequence += 1) {
    const answer = await post(`/idle/${name}/${sequence}`);
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), Uint8Array.of(1));
  }
  assert.ok(performance.now() - start >= 290);
});

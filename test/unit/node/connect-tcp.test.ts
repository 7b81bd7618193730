import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connectTcp } from "../../../protocol/node/connect-tcp.ts";

/** Somebody who answers what he hears, and notes from which ports. */
async function echo(t: TestContext): Promise<{ port: number; ports: number[]; server: Server }> {
  const ports: number[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    ports.push(socket.remotePort ?? 0);
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, ports, server };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("several connections go out from one port, and carry bytes", async (t) => {
  const [one, other, localPort] = [await echo(t), await echo(t), await freePort()];
  for (const { port, ports } of [one, other]) {
    const stream = await connectTcp({ host: "127.0.0.1", port, localPort }, {});
    t.after(() => stream.close());
    const heard = new Promise<Uint8Array>((resolve) => {
      stream.listen({ onBytes: resolve, onClosed: () => undefined });
    });
    stream.send(Uint8Array.of(1, 2, 3));
    assert.deepEqual([...(await heard)], [1, 2, 3]);
    assert.deepEqual(ports, [localPort]);
  }
});

test("the far end's end is told, our own is not", async (t) => {
  const { port, server } = await echo(t);
  const accepted = once(server, "connection");
  const stream = await connectTcp({ host: "127.0.0.1", port, localPort: await freePort() }, {});
  const closed = new Promise<void>((resolve) => {
    stream.listen({ onBytes: () => undefined, onClosed: resolve });
  });
  const [socket] = (await accepted) as [Socket];
  socket.destroy();
  await closed;
  stream.close();
  stream.send(Uint8Array.of(1));
});

test("refused is UNREACHABLE, and whoever gives up hears his own reason", async () => {
  const target = { host: "127.0.0.1", port: await freePort(), localPort: await freePort() };
  await assert.rejects(connectTcp(target, {}), { code: "UNREACHABLE" });
  const signal = AbortSignal.abort(new Error("no more"));
  await assert.rejects(connectTcp(target, { signal }), { message: "no more" });
});

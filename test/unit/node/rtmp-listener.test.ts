import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RtmpListener } from "../../../protocol/node/rtmp-listener.ts";
import { eventually } from "../../support/temporary.ts";

function nobody(): never {
  throw new Error("nobody is there");
}

test("a certificate that OpenSSL cannot use leaves no port open", async () => {
  const probe = await RtmpListener.listen({ ip: "127.0.0.1", port: 0 }, nobody);
  const local = probe.address;
  await probe.close();
  const tls = { cert: "no PEM", key: "no PEM" };
  await assert.rejects(RtmpListener.listen(local, nobody, { tls }), /PEM/);
  const listener = await RtmpListener.listen(local, nobody);
  await listener.close();
});

test("a client that never reads its answers does not hold up the end", async (t) => {
  const listener = await RtmpListener.listen({ ip: "127.0.0.1", port: 0 }, nobody);
  const client = connect(listener.address.port, "127.0.0.1").on("error", () => undefined);
  t.after(() => client.destroy());
  await once(client, "connect");
  const request = "POST /nothing HTTP/1.1\r\nHost: server\r\nContent-Length: 0\r\n\r\n";
  // Answers fill the buffers of both ends, until the server reads no more either.
  while (client.writableLength === 0) {
    client.write(request.repeat(10_000));
    await sleep(100);
  }
  const closedAt = performance.now();
  await listener.close();
  assert.ok(performance.now() - closedAt < 5_000);
});

test("requests that never end have a limit for all connections of one source, and leave nothing", async (t) => {
  const listener = await RtmpListener.listen({ ip: "127.0.0.1", port: 0 }, nobody);
  t.after(() => listener.close());
  const head = "POST /nothing HTTP/1.1\r\nHost: server\r\nContent-Length: 4194304\r\n\r\n";
  const most = new Uint8Array(4_194_303);
  const clients: Socket[] = [];
  const send = async (): Promise<void> => {
    const client = connect(listener.address.port, "127.0.0.1").on("error", () => undefined);
    clients.push(client);
    client.write(head);
    await new Promise((done) => client.on("close", done).write(most, done));
  };
  for (let round = 0; round < 2; round += 1) {
    for (let count = 0; count < 10; count += 1) await send();
    await eventually(() => clients.filter(({ closed }) => closed).length === 2);
    const closed = clients.splice(0).map((client) => client.destroy());
    await eventually(() => closed.every((client) => client.closed));
    // Until the server has heard of that.
    await sleep(100);
  }
});

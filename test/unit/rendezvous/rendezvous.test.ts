import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import { nodeIo } from "../../../protocol/node/io.ts";
import { type PeerStatus, Rendezvous, type ServerStatus } from "../../../rendezvous/index.ts";
import { RendezvousClient } from "../../support/rendezvous-client.ts";
import { silent } from "../../support/rendezvous-lab.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const options = { rtmfp: "127.0.0.1:0", logger: silent, graceMs: 100 };

function portOf(address: string | undefined): number {
  return Number(address?.split(":").at(-1));
}

function isCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof RtmfpError && error.code === code;
}

test("listens on real sockets, any port, and says where; the page is there", async (t) => {
  const server = await Rendezvous.listen({ ...options, http: "127.0.0.1:0" });
  t.after(() => server.close());
  const { rtmfp, http } = server.addresses;
  assert.match(rtmfp[0] ?? "", /^127\.0\.0\.1:[1-9]\d*$/);
  assert.match(server.fingerprint, /^[0-9a-f]{64}$/);
  const page = await fetch(`http://${http[0]}/`);
  assert.equal(page.status, 200);
  assert.ok((await page.text()).includes(server.fingerprint));
  const status = (await (await fetch(`http://${http[0]}/api/status`)).json()) as ServerStatus;
  assert.deepEqual(status.rtmfp, rtmfp);
  assert.deepEqual(status.http, http);
});

test("a real client connects, is shown, and leaves", async (t) => {
  const server = await Rendezvous.listen(options);
  t.after(() => server.close());
  const client = await new RendezvousClient(nodeIo, 0).listen("127.0.0.1");
  t.after(() => client.driver.close(100));
  const came = once(server, "peer") as Promise<[PeerStatus]>;
  const left = once(server, "peer-left") as Promise<[PeerStatus]>;
  client.connect({ ip: "127.0.0.1", port: portOf(server.addresses.rtmfp[0]) }, "chat");
  const [peer] = await came;
  assert.equal(peer.id, client.id);
  assert.equal(peer.app, "chat");
  assert.equal(server.status.counts.peers, 1);
  await client.driver.close(100);
  assert.equal((await left)[0].id, client.id);
});

test("a status page that is not for this machine alone is warned of", async (t) => {
  for (const [http, count] of [
    ["127.0.0.1:0", 0],
    ["0.0.0.0:0", 1],
  ] as const) {
    const warnings: unknown[] = [];
    const logger = { ...silent, warn: (...line: unknown[]): void => void warnings.push(line) };
    const server = await Rendezvous.listen({ ...options, http, logger });
    t.after(() => server.close());
    assert.equal(warnings.length, count, http);
  }
});

test("connections have a limit that can be set, at each port", async (t) => {
  const ports = { rtmp: "127.0.0.1:0", http: "127.0.0.1:0" };
  const server = await Rendezvous.listen({ ...options, ...ports, maxConnections: 2 });
  t.after(() => server.close());
  for (const address of [server.addresses.rtmp[0], server.addresses.http[0]]) {
    const sockets = [0, 1, 2].map(() => connect(portOf(address), "127.0.0.1"));
    t.after(() => sockets.forEach((socket) => void socket.destroy()));
    const closed = sockets.map((socket) => once(socket.resume(), "close"));
    await Promise.race(closed);
  }
});

test("a folder of recordings that is none is refused at the start", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const media of [join(folder, "none"), file]) {
    await assert.rejects(
      Rendezvous.listen({ ...options, media }),
      (error) => error instanceof RangeError && error.message.startsWith("media: "),
    );
  }
  const server = await Rendezvous.listen({ ...options, media: folder });
  await server.close();
});

test("a port in use: ADDRESS_IN_USE, and nothing stays open", async (t) => {
  const server = await Rendezvous.listen(options);
  t.after(() => server.close());
  const rtmfp = ["127.0.0.1:0", server.addresses.rtmfp[0] ?? ""];
  await assert.rejects(Rendezvous.listen({ ...options, rtmfp }), isCode("ADDRESS_IN_USE"));
  const tcp = createServer().listen(0, "127.0.0.1");
  t.after(() => tcp.close());
  await once(tcp, "listening");
  const taken = tcp.address();
  assert.ok(taken !== null && typeof taken === "object");
  const http = `127.0.0.1:${taken.port}`;
  await assert.rejects(Rendezvous.listen({ ...options, http }), isCode("ADDRESS_IN_USE"));
});

test("a bad option is refused before anything is opened", async () => {
  await assert.rejects(Rendezvous.listen({ ...options, http: "nowhere" }), RangeError);
});

test("with a data folder the fingerprint survives, without it does not", async () => {
  const data = mkdtempSync(join(tmpdir(), "rtmfp-server-"));
  after(() => rmSync(data, { recursive: true }));
  const fingerprint = async (folder: string | undefined): Promise<string> => {
    const server = await Rendezvous.listen({ ...options, data: folder });
    await server.close();
    return server.fingerprint;
  };
  assert.equal(await fingerprint(data), await fingerprint(data));
  assert.notEqual(await fingerprint(undefined), await fingerprint(undefined));
});

test("a data folder is one server's at a time, and free again when it is closed or cannot start", async (t) => {
  const data = temporaryFolder(t);
  const first = await Rendezvous.listen({ ...options, data });
  const theirs = new RangeError(`data: another server uses this folder (process ${process.pid})`);
  await assert.rejects(Rendezvous.listen({ ...options, data }), theirs);
  await first.close();
  writeFileSync(join(data, "identity.json"), "nonsense");
  for (let time = 0; time < 2; time += 1) {
    await assert.rejects(Rendezvous.listen({ ...options, data }), isCode("CRYPTO"));
  }
  rmSync(join(data, "identity.json"));
  await (await Rendezvous.listen({ ...options, data })).close();
});

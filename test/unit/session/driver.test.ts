import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createFlashCrypto,
  createIdentity,
  Driver,
  type Io,
  type Link,
  type Receive,
  serverDiscriminator,
} from "../../../protocol/index.ts";
import { nodePrimitives } from "../../../protocol/node/index.ts";

interface Sent {
  readonly bytes: Uint8Array;
  readonly ip: string;
}

/** A driver on a link whose datagrams the test carries itself. */
async function station(
  ip: string,
): Promise<{ driver: Driver; link: Link; receive: Receive; sent: Sent[] }> {
  const sent: Sent[] = [];
  let receive: Receive = () => assert.fail("not bound");
  const io: Io = {
    now: () => 0,
    random: nodePrimitives.random,
    alarm: () => ({ set: () => undefined }),
    bind: (address, to) => {
      receive = to;
      const send = (bytes: Uint8Array, { ip: toIp }: { ip: string }): void => {
        sent.push({ bytes: bytes.slice(), ip: toIp });
      };
      return Promise.resolve({ address, send, close: () => Promise.resolve() });
    },
  };
  const identity = createIdentity(nodePrimitives, {
    kind: "static",
    groups: [31],
    acceptsAncillary: true,
  });
  const crypto = createFlashCrypto(nodePrimitives, identity);
  const driver = new Driver(io, { crypto }, () => undefined);
  const link = await driver.bind({ ip, port: 1 });
  return { driver, link, receive, sent };
}

const clients = ["192.0.2.1", "192.0.2.2"];
const server = { ip: "192.0.2.9", port: 1 };

async function hello(ip: string): Promise<Uint8Array> {
  const { driver, sent } = await station(ip);
  driver.turn((now) => driver.endpoint.open(serverDiscriminator("rtmfp://a/b"), [server], now));
  const [first] = sent;
  assert.ok(first);
  return first.bytes;
}

test("answers to datagrams that were handed over together leave together, in order", async () => {
  const { receive, sent } = await station(server.ip);
  const hellos = await Promise.all(clients.map(hello));
  const sentBefore: number[] = [];
  clients.forEach((ip, index) => {
    sentBefore.push(sent.length);
    receive(hellos[index] ?? assert.fail(), { ip, port: 1 }, index === 0 ? "another" : undefined);
  });
  assert.deepEqual(sentBefore, [0, 0]);
  assert.deepEqual(
    sent.map(({ ip }) => ip),
    clients,
  );
});

test("what was changed before an exception is sent all the same", async () => {
  const { driver, sent } = await station(clients[0] ?? "");
  const fail = (): never => {
    throw new Error("of the user's");
  };
  assert.throws(() => {
    driver.turn((now) => {
      driver.endpoint.open(serverDiscriminator("rtmfp://a/b"), [server], now);
      fail();
    });
  }, /of the user's/);
  assert.deepEqual(
    sent.map(({ ip }) => ip),
    [server.ip],
  );
});

test("a link that is bound while the driver closes does not stay open", async () => {
  const { driver } = await station(server.ip);
  const closed: string[] = [];
  const late: Link = {
    address: server,
    send: () => assert.fail("closed"),
    close: () => Promise.resolve(void closed.push("the late one")),
  };
  let closing: Promise<void> | undefined;
  const open = async (): Promise<Link> => {
    await Promise.resolve();
    await closing;
    return late;
  };
  const binding = driver.attach(open, { reaches: () => true });
  closing = driver.close();
  await assert.rejects(binding, { code: "CLOSED" });
  assert.deepEqual(closed, ["the late one"]);
});

test("nothing waits for datagrams that do not come", async () => {
  const { receive, sent } = await station(server.ip);
  const [first, second] = await Promise.all(clients.map(hello));
  assert.ok(first && second);
  receive(first, { ip: "192.0.2.1", port: 1 });
  assert.equal(sent.length, 1);
  receive(second, { ip: "192.0.2.2", port: 1 });
  assert.equal(sent.length, 2);
});

test("nothing waits for datagrams of a link that was closed before they came", async () => {
  const { driver, link, receive, sent } = await station(server.ip);
  const [first] = await Promise.all(clients.map(hello));
  assert.ok(first);
  const other = await driver.bind({ ip: "192.0.2.10", port: 1 });
  receive(first, { ip: "192.0.2.1", port: 1 }, "another");
  assert.equal(sent.length, 0);
  await driver.unbind(link);
  assert.equal(sent.length, 1, "the answer that waited");
  driver.turn((now) => driver.endpoint.open(serverDiscriminator("rtmfp://a/b"), [server], now));
  assert.equal(sent.length, 2, "over the other link");
  await driver.unbind(other);
});

test("who aborts in the middle of what came together says so", async () => {
  const { driver, receive, sent } = await station(server.ip);
  const [first] = await Promise.all(clients.map(hello));
  assert.ok(first);
  receive(first, { ip: "192.0.2.1", port: 1 }, "another");
  await driver.abort();
  assert.equal(sent.length, 1);
});

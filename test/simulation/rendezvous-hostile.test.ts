import assert from "node:assert/strict";
import { test } from "node:test";
import type { AmfValue } from "../../protocol/amf/value.ts";
import { MAX_STRANGER_BYTES } from "../../protocol/params.ts";
import { MessageType } from "../../protocol/rtmp/message.ts";
import type { Command } from "../../protocol/tc/command.ts";
import { encodeFlowMetadata } from "../../protocol/tc/flow-metadata.ts";
import { MemoryRegistry } from "../../rendezvous/index.ts";
import {
  type ConnectedPeer,
  MAX_REPORTED_ADDRESSES,
} from "../../rendezvous/registry/connected-peer.ts";
import { MAX_CONNECTIONS } from "../../rendezvous/served-session.ts";
import type { Prng } from "../lab/index.ts";
import type { RendezvousClient } from "../support/rendezvous-client.ts";
import { RendezvousLab, SERVER, silent } from "../support/rendezvous-lab.ts";

/** What the server says to a command that it refuses. */
async function refusal(
  world: RendezvousLab,
  client: RendezvousClient,
  name: string,
  ...args: AmfValue[]
): Promise<string> {
  const call = client.call(name, ...args);
  await world.lab.runUntil(() => call.reply !== undefined, 10_000);
  assert.ok(call.reply && !call.reply.isResult, `${name} was granted`);
  assert.equal(call.reply.status.code, "NetConnection.Call.Failed");
  return call.reply.status.description;
}

test("commands that ask for too much are refused, each with its word", async () => {
  const world = await RendezvousLab.start({ seed: 4 });
  const client = await world.connected();
  const ids = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => index.toString(16).padStart(64, "0"));
  const tags = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);
  const cases: [RegExp, string, ...AmfValue[]][] = [
    [/^there is no method pairDance/, "pairDance"],
    [/^NOT_JOINED: /, "pairNext"],
    [/^BAD_REQUEST: /, "pairJoin", "music"],
    [/^BAD_REQUEST: /, "pairJoin", { tags: "music" }],
    [/^BAD_TAGS: /, "pairJoin", { tags: tags(17) }],
    [/^BAD_TAGS: /, "pairJoin", { tags: ["x".repeat(65)] }],
    [/^BAD_TAGS: /, "pairJoin", { tags: ["ü".repeat(33)] }],
    [/^BAD_TAGS: /, "pairJoin", { tags: [""] }],
    [/^BAD_TAGS: /, "pairJoin", { tags: [1] }],
    [/^BAD_AVOID: /, "pairJoin", { avoid: ids(65) }],
    [/^BAD_AVOID: /, "pairJoin", { avoid: ["me"] }],
    [/^BAD_LANGUAGE: /, "pairJoin", { language: "en_GB" }],
    [/^NOT_A_PARTNER: /, "pairReport", { peerId: client.id }],
  ];
  for (const [expected, name, ...args] of cases) {
    assert.match(await refusal(world, client, name, ...args), expected);
    await world.lab.advance(1_000);
  }
  const granted = client.call("pairJoin", {
    tags: [...tags(15), "x".repeat(64)],
    avoid: ids(64),
    language: "zh-Hant-TW",
  });
  await world.lab.runUntil(() => granted.reply !== undefined, 5_000);
  assert.ok(granted.reply?.isResult);
  assert.match(await refusal(world, client, "pairReport", { peerId: 1 }), /^BAD_REQUEST: /);
  assert.match(await refusal(world, client, "pairReport", { peerId: ids(1)[0] }), /^NOT_A_PARTNER/);
  await world.close();
});

test("commands that come too fast are refused, and later granted again", async () => {
  const world = await RendezvousLab.start({ seed: 5 });
  const client = await world.connected();
  const calls = Array.from({ length: 30 }, () => client.call("pairJoin", {}));
  await world.lab.runUntil(() => calls.every(({ reply }) => reply !== undefined), 5_000);
  const granted = calls.filter(({ reply }) => reply?.isResult).length;
  assert.ok(granted >= 20 && granted < 25, `${granted} of 30`);
  assert.match(await refusal(world, client, "pairNext"), /^TOO_FAST: /);
  await world.lab.advance(1_000);
  const later = client.call("pairNext");
  await world.lab.advance(500);
  assert.ok(later.reply?.isResult);
  await world.close();
});

test("setPeerInfo: rubbish is counted, the rest is taken up to the limit", async () => {
  const world = await RendezvousLab.start({ seed: 6 });
  const client = await world.connected();
  const before = world.server.status.counts.malformedMessages;
  const good = Array.from({ length: 40 }, (_, index) => `192.0.2.${index + 1}:1935`);
  client.setPeerInfo(["nonsense", "192.0.2.1:0", "[::1", ...good]);
  await world.lab.advance(500);
  assert.equal(world.server.status.counts.malformedMessages, before + 3);
  const other = await world.connected();
  const destinations = new Set<string>();
  world.lab.tap(({ datagram: { from, to } }) => {
    if (from.ip === other.address.ip) destinations.add(to.ip);
  });
  other.meet(client.id);
  await world.lab.advance(2_000);
  const reported = [...destinations].filter((ip) => ip.startsWith("192.0.2."));
  assert.equal(reported.length, MAX_REPORTED_ADDRESSES);
  await world.close();
});

test("§5.4 peer-to-peer streams are rejected, and connections beyond the limit", async () => {
  const world = await RendezvousLab.start({ seed: 7 });
  const client = await world.connected();
  const rejected: number[] = [];
  const { router } = client;
  assert.ok(router);
  const handle = router.handle.bind(router);
  router.handle = (event, now) => {
    if (event.type === "flow-rejected") rejected.push(event.flow.id);
    handle(event, now);
  };
  const openFlow = (streamId: number): number =>
    client.driver.turn((now) => {
      const flow = router.session.openFlow({ metadata: encodeFlowMetadata(streamId) });
      flow.send(new Uint8Array([MessageType.audio, 0, 0, 0, 0]), {}, now);
      return flow.id;
    });
  const peerStream = openFlow(1);
  const connections = Array.from({ length: MAX_CONNECTIONS }, () => openFlow(0));
  await world.lab.advance(1_000);
  assert.deepEqual(rejected, [peerStream, connections.at(-1)]);
  assert.ok(!client.isEnded);
  await world.close();
});

test("before a connection is answered none of its messages is long", async () => {
  const world = await RendezvousLab.start({ seed: 11 });
  const client = await world.connected();
  const { router } = client;
  assert.ok(router);
  const isRejected = async (bytes: number): Promise<boolean> => {
    const flow = client.driver.turn((now) => {
      const opened = router.session.openFlow({ metadata: encodeFlowMetadata(0) });
      const message = new Uint8Array(bytes);
      message[0] = MessageType.audio;
      opened.send(message, {}, now);
      return opened;
    });
    await world.lab.advance(5_000);
    assert.equal(flow.queuedBytes, 0);
    return flow.state !== "OPEN";
  };
  assert.equal(await isRejected(MAX_STRANGER_BYTES), false);
  assert.equal(await isRejected(MAX_STRANGER_BYTES + 1), true);
  await world.close();
});

test("connecting twice is an error, and to an endless name ends the connection", async () => {
  const world = await RendezvousLab.start({ seed: 8 });
  const witness = await world.connected();
  const twice = await world.connected();
  const again = twice.call("connect");
  const endless = await world.client();
  endless.connect(SERVER, "x".repeat(257));
  await world.lab.runUntil(() => again.reply !== undefined && endless.isEnded, 10_000);
  assert.equal(again.reply?.isResult, false);
  assert.ok(!endless.isConnected);
  assert.ok(!witness.isEnded);
  assert.ok(!world.server.status.peers.some(({ id }) => id === endless.id));
  await world.close();
});

test("a full server lets nobody else in", async () => {
  const world = await RendezvousLab.start({ seed: 9 }, { registry: new MemoryRegistry(1) });
  const one = await world.connected();
  const other = await world.client();
  other.connect(SERVER, "chat");
  await world.lab.runUntil(() => other.isEnded, 10_000);
  assert.ok(!other.isConnected && !one.isEnded);
  assert.equal(world.server.status.counts.peers, 1);
  await world.close();
});

const NAMES = ["setPeerInfo", "pairJoin", "pairNext", "pairReport", "connect", "createStream"];
const STREAM_NAMES = ["publish", "play", "deleteStream", "closeStream", "releaseStream", "_result"];

/** Some value, nested `depth` deep at most. */
function anyValue(random: Prng, depth: number): AmfValue {
  const simple = [
    null,
    undefined,
    true,
    Number.NaN,
    -1,
    1e300,
    "",
    "tags",
    "\0",
    "x".repeat(2_000),
  ];
  const kind = random.below(depth > 0 ? 4 : 2);
  if (kind === 2) return Array.from({ length: random.below(5) }, () => anyValue(random, depth - 1));
  if (kind < 2) return simple[random.below(simple.length)];
  const keys = ["tags", "avoid", "language", "peerId", "reason", "app", "__proto__", "getTime"];
  return Object.fromEntries(
    keys.filter(() => random.chance(0.5)).map((key) => [key, anyValue(random, depth - 1)]),
  );
}

test("no command, whatever its arguments, is more than the server can take", async () => {
  for (let seed = 1; seed <= 3; seed += 1) {
    const world = await RendezvousLab.start({ seed });
    const witness = await world.connected();
    const { random } = world.lab;
    for (let round = 0; round < 3; round += 1) {
      const client = await world.connected();
      const names = [...NAMES, ...STREAM_NAMES];
      for (let index = 0; index < 100; index += 1) {
        const name = names[random.below(names.length)] ?? "";
        const args = Array.from({ length: random.below(3) }, () => anyValue(random, 2));
        const object: AmfValue = anyValue(random, 2);
        const command: Command = { name, transactionId: random.below(3), object, args };
        client.driver.turn((now) => client.connection?.net.command(command, random.below(3), now));
        if (index % 10 === 0) await world.lab.advance(100);
      }
      await world.lab.advance(5_000);
    }
    const answer = witness.call("pairLeave");
    await world.lab.advance(1_000);
    assert.ok(answer.reply?.isResult, `seed ${seed}`);
    assert.equal(world.server.status.counts.faults, 0, `seed ${seed}`);
    await world.close();
  }
});

test("messages of rubbish are dropped and counted", async () => {
  const world = await RendezvousLab.start({ seed: 10 });
  const client = await world.connected();
  const before = world.server.status.counts.malformedMessages;
  const types = [MessageType.commandAmf0, MessageType.commandAmf3, MessageType.dataAmf0];
  for (let index = 0; index < 100; index += 1) {
    const payload = world.lab.random.bytes(world.lab.random.below(40));
    const type = types[index % types.length] ?? 0;
    client.driver.turn((now) =>
      client.connection?.net.send({ type, streamId: 0, timestampMs: 0, payload }, {}, now),
    );
  }
  await world.lab.advance(2_000);
  const { malformedMessages, faults } = world.server.status.counts;
  assert.ok(malformedMessages - before > 50, `${malformedMessages - before}`);
  assert.equal(faults, 0);
  const answer = client.call("pairLeave");
  await world.lab.advance(1_000);
  assert.ok(answer.reply?.isResult, "the connection goes on");
  await world.close();
});

test("a fault of the server ends the session that hit it, is counted and logged, and nobody else notices", async () => {
  const bug = new TypeError("a bug");
  let victimId = "";
  const update = (peer: ConnectedPeer): void => {
    if (peer.id === victimId) throw bug;
  };
  const registry = Object.assign(new MemoryRegistry(), { update });
  const errors: unknown[] = [];
  const logger = { ...silent, error: (what: object) => void errors.push(what) };
  const world = await RendezvousLab.start({ seed: 6 }, { registry, logger });
  const [healthy, victim] = [await world.connected(), await world.connected()];
  victimId = victim.id;
  victim.setPeerInfo();
  await world.lab.advance(1_000);
  assert.deepEqual(errors, [{ err: bug }]);
  assert.deepEqual(
    [victim.router, healthy.router].map((router) => router?.session.isOpen),
    [false, true],
  );
  const { faults, peers } = world.server.status.counts;
  assert.deepEqual([faults, peers], [1, 1]);
  await world.close();
});

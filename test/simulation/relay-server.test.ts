import assert from "node:assert/strict";
import { test } from "node:test";
import { isAmfObject } from "../../protocol/amf/value.ts";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import { createIdentity, type Identity } from "../../protocol/crypto/identity.ts";
import { proveIdentity } from "../../protocol/crypto/identity-proof.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { MessageType } from "../../protocol/rtmp/message.ts";
import { parseIp } from "../../protocol/wire/ip.ts";
import { relayAddress } from "../../protocol/wire/relay-address.ts";
import { readRelayedDatagram, writeRelayedDatagram } from "../../protocol/wire/relayed-datagram.ts";
import { RelayLab } from "../support/relay-lab.ts";
import { RendezvousClient } from "../support/rendezvous-client.ts";
import { SERVER } from "../support/rendezvous-lab.ts";
import { RtmpGuest } from "../support/rtmp-guest.ts";
import { pooledIdentity } from "../support/station.ts";

const URL = "rtmp://10.0.0.1:1935/chat";
const CONTEXT = { app: "chat", url: "rtmp://10.0.0.1/chat" };

async function guest(world: RelayLab, ip: string): Promise<RtmpGuest> {
  return world.lab.complete(RtmpGuest.dial(world.lab.host(ip), URL), 5_000);
}

/** Lets the virtual time pass that a promise needs. */
function soon<Value>(world: RelayLab, promise: Promise<Value>): Promise<Value> {
  return world.lab.complete(promise, 5_000);
}

/** Answers the challenge with the keys of `identity`, or with those of somebody else. */
async function prove(
  world: RelayLab,
  client: RtmpGuest,
  identity: Identity,
  keys: Identity = identity,
): Promise<unknown> {
  const shown = toHex(identity.certificate.bytes);
  const challenge = await soon(world, client.call("identify", shown));
  assert.ok(isAmfObject(challenge));
  const { group, publicKey, nonce } = challenge;
  const asked = {
    group: Number(group),
    publicKey: fromHex(String(publicKey)),
    nonce: fromHex(String(nonce)),
  };
  const proven = { certificate: identity.certificate, keyPairs: keys.keyPairs };
  const proof = proveIdentity(nodePrimitives, proven, asked, CONTEXT);
  return soon(world, client.call("prove", toHex(proof)));
}

function addressOf({ certificate }: Identity): Uint8Array {
  return parseIp(relayAddress(certificate.fingerprint).ip);
}

test("an RTMP client proves its peer ID, is paired, and relays over the same connection", async () => {
  const world = await RelayLab.start(1);
  const [ada, bob] = [await guest(world, "10.0.2.1"), await guest(world, "10.0.2.2")];
  const identities = [pooledIdentity(0), pooledIdentity(1)] as const;
  for (const [index, client] of [ada, bob].entries()) {
    assert.equal(await soon(world, client.enter("chat")), undefined);
    await assert.rejects(soon(world, client.call("pairJoin")), /NO_PEER/);
    const identity = identities[index] as Identity;
    const peerId = toHex(identity.certificate.fingerprint);
    assert.deepEqual({ ...((await prove(world, client, identity)) as object) }, { peerId });
    client.connection.setPeerInfo([], 0);
    await soon(world, client.call("pairJoin"));
  }
  await world.lab.advance(100);
  const names = [ada, bob].map(({ calls }) => calls.map(({ name }) => name));
  assert.deepEqual(names, [["onPair"], ["onPair"]]);
  const datagram = new TextEncoder().encode("hello");
  ada.relay(writeRelayedDatagram({ peer: addressOf(identities[1]), datagram }));
  await world.lab.advance(100);
  const [message] = bob.messages;
  assert.ok(message);
  const relayed = readRelayedDatagram(message.payload);
  assert.deepEqual(relayed.peer, addressOf(identities[0]));
  assert.deepEqual(new Uint8Array(relayed.datagram), datagram);
  assert.deepEqual(world.server.status.counts.peers, 2);
  ada.way.close();
  await world.lab.advance(100);
  assert.equal(bob.calls.at(-1)?.name, "onPairEnd");
  assert.equal(world.server.status.relay?.tunnels, 1);
  bob.way.close();
  await world.close();
});

test("what an RTMP client sends and nobody can read is counted, and its connection goes on", async () => {
  const world = await RelayLab.start(4);
  const client = await guest(world, "10.0.2.1");
  await soon(world, client.enter("chat"));
  const { commandAmf0, userControl, sharedObjectAmf0 } = MessageType;
  const before = world.server.status.counts.malformedMessages;
  for (const type of [commandAmf0, userControl, sharedObjectAmf0]) {
    client.transport.send({ type, streamId: 0, timestampMs: 0, payload: Uint8Array.of(0) }, {}, 0);
  }
  await assert.rejects(soon(world, client.call("nothing")), /there is no method nothing/);
  assert.equal(world.server.status.counts.malformedMessages, before + 3);
  client.way.close();
  await world.close();
});

test("who shows somebody else's certificate is no peer, and can try but once more", async () => {
  const world = await RelayLab.start(2);
  const mallory = await guest(world, "10.0.2.1");
  await soon(world, mallory.enter("chat"));
  await assert.rejects(soon(world, mallory.call("prove", "00")), /BAD_PROOF/);
  for (let tries = 0; tries < 2; tries += 1) {
    const stolen = prove(world, mallory, pooledIdentity(0), pooledIdentity(1));
    await assert.rejects(stolen, /BAD_PROOF/);
  }
  const certificate = toHex(pooledIdentity(1).certificate.bytes);
  await assert.rejects(soon(world, mallory.call("identify", certificate)), /TOO_FAST/);
  await assert.rejects(soon(world, mallory.call("relayToken")), /NO_PEER/);
  mallory.relay(new Uint8Array(40).fill(0xfd));
  await world.lab.advance(100);
  assert.equal(world.server.status.counts.peers, 0);
  assert.equal(world.server.status.counts.faults, 0);
  mallory.way.close();
  await world.close();
});

test("who shows an ephemeral certificate, as anybody could, gets no token as its owner", async () => {
  const world = await RelayLab.start(4);
  const identity = createIdentity(nodePrimitives, { kind: "ephemeral" });
  for (const [index, kind] of [{}, { identity }].entries()) {
    const ip = `10.0.2.${index + 1}`;
    const client = await new RendezvousClient(world.lab.host(ip).io, index, kind).listen(ip);
    client.connect(SERVER, "chat");
    await world.lab.runUntil(() => client.isConnected, 5_000);
    const asked = client.call("relayToken");
    await world.lab.runUntil(() => asked.reply !== undefined, 5_000);
    if (index === 0) assert.ok(asked.reply?.isResult);
    else
      assert.match(
        asked.reply?.isResult === false ? asked.reply.status.description : "",
        /^NO_RELAY/,
      );
    await world.lab.complete(client.driver.close(), 5_000);
  }
  await world.close();
});

test("the relay takes its own tokens, and none for those who may not use it", async () => {
  const friend = toHex(pooledIdentity(0).certificate.fingerprint);
  const relay = { allow: (peerId: string) => peerId === friend };
  const world = await RelayLab.start(3, 20, { relay });
  for (const [index, isFriend] of [true, false].entries()) {
    const client = await guest(world, `10.0.2.${index + 1}`);
    await soon(world, client.enter("chat"));
    await prove(world, client, pooledIdentity(index));
    const asked = soon(world, client.call("relayToken"));
    if (isFriend) {
      const ticket = await asked;
      assert.ok(isAmfObject(ticket) && Array.isArray(ticket.urls));
      assert.equal(ticket.urls[0], "rtmp://10.0.0.1:1935/relay");
      const tunnel = await guest(world, "10.0.2.9");
      assert.equal(await soon(world, tunnel.enter("relay", { token: ticket.token })), undefined);
      tunnel.way.close();
    } else {
      await assert.rejects(asked, /NO_RELAY/);
    }
    client.way.close();
  }
  for (const [index, token] of ["", "made up", undefined, 5].entries()) {
    const stranger = await guest(world, `10.0.3.${index + 1}`);
    const reason = await soon(world, stranger.enter("relay", { token }));
    assert.match(reason ?? "", /BAD_TOKEN/);
    await world.lab.advance(100);
  }
  await world.close();
});

test("a slow receiver loses the oldest datagrams, and the server's memory does not grow", async () => {
  const world = await RelayLab.start(4, 20, { relay: { queueMs: 60_000, queueBytes: 50_000 } });
  const [ada, bob] = [await guest(world, "10.0.2.1"), await guest(world, "10.0.2.2")];
  for (const [index, client] of [ada, bob].entries()) {
    await soon(world, client.enter("chat"));
    await prove(world, client, pooledIdentity(index));
  }
  world.lab.path("10.0.0.1", "10.0.2.2").set({ bytesPerSecond: 50_000 });
  const peer = addressOf(pooledIdentity(1));
  for (let index = 0; index < 400; index += 1) {
    const datagram = new Uint8Array(1_000);
    datagram.set([index >> 8, index & 0xff]);
    ada.relay(writeRelayedDatagram({ peer, datagram }));
    if (index % 20 === 19) await world.lab.advance(20);
  }
  await world.lab.advance(30_000);
  const got = bob.messages.map(({ payload }) => ((payload[16] ?? 0) << 8) | (payload[17] ?? 0));
  assert.ok(got.length > 50 && got.length < 300, `${got.length}`);
  assert.equal(got.at(-1), 399, "the newest got there");
  assert.deepEqual(
    got,
    got.toSorted((one, other) => one - other),
  );
  assert.equal(world.server.status.relay?.droppedSlow, 400 - got.length);
  for (const client of [ada, bob]) client.way.close();
  await world.close();
});

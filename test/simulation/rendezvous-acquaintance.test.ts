import assert from "node:assert/strict";
import { test } from "node:test";
import { type AmfObject, isAmfObject } from "../../protocol/amf/value.ts";
import { toHex } from "../../protocol/bytes/hex.ts";
import { formatAddress } from "../../protocol/wire/address.ts";
import type { PendingCall, RendezvousClient } from "../support/rendezvous-client.ts";
import { RendezvousLab } from "../support/rendezvous-lab.ts";
import { pooledIdentity } from "../support/station.ts";

async function answer(world: RendezvousLab, pending: PendingCall): Promise<AmfObject> {
  await world.lab.runUntil(() => pending.reply !== undefined, 5_000);
  const { reply } = pending;
  const value = reply?.values[0];
  assert.ok(isAmfObject(value));
  return value;
}

/** The reason of a refusal; undefined if it was none. */
async function refusal(world: RendezvousLab, pending: PendingCall): Promise<unknown> {
  const { reason } = await answer(world, pending);
  return pending.reply?.isResult ? undefined : reason;
}

function introductionOf(client: RendezvousClient, index: number, contact: AmfObject): AmfObject {
  const { certificate } = pooledIdentity(index);
  const seenAt = formatAddress(client.address);
  const known = { contact, addresses: [seenAt], seenAt };
  return { peerId: client.id, certificate: toHex(certificate.bytes), ...known };
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test("introduce: both learn the other's certificate, contact and addresses", async () => {
  const world = await RendezvousLab.start({ seed: 1 });
  const [one, other] = [await world.connected(), await world.connected()];
  const contact = { relay: true, anything: ["it", 1] };
  await answer(world, other.call("describe", contact));
  const told = await answer(world, one.call("introduce", other.id.toUpperCase()));
  assert.deepEqual(plain(told), introductionOf(other, 1, contact));
  await world.lab.runUntil(() => other.called("onIntroduce").length > 0, 1_000);
  const [notice] = other.called("onIntroduce");
  assert.ok(isAmfObject(notice));
  assert.deepEqual([notice.peerId, plain(notice.contact)], [one.id, {}]);
  assert.equal(world.server.status.counts.introductions, 1);
  await world.close();
});

test("librtmfp ends its connection at a command that it does not know: it is told of nobody", async () => {
  const world = await RendezvousLab.start({ seed: 9 });
  const [one, other] = [await world.connected(), await world.connected()];
  await answer(world, one.call("introduce", other.id));
  await answer(world, one.call("signal", other.id, {}));
  await world.lab.advance(1_000);
  assert.deepEqual(other.calls, []);
  await answer(world, other.call("serverInfo"));
  await answer(world, one.call("introduce", other.id));
  await world.lab.runUntil(() => other.called("onIntroduce").length > 0, 1_000);
  await world.close();
});

test("onPair tells the same", async () => {
  const world = await RendezvousLab.start({ seed: 2 });
  const [one, other] = [await world.connected(), await world.connected()];
  await answer(world, other.call("describe", { relay: true }));
  one.call("pairJoin");
  other.call("pairJoin");
  await world.lab.runUntil(() => one.called("onPair").length > 0, 5_000);
  const [pair] = one.called("onPair");
  assert.ok(isAmfObject(pair));
  assert.deepEqual(plain(pair.contact), { relay: true });
  assert.equal(pair.certificate, toHex(pooledIdentity(1).certificate.bytes));
  await world.close();
});

test("signal: passed on to the one it is for, from whom it is", async () => {
  const world = await RendezvousLab.start({ seed: 3 });
  const [one, other] = [await world.connected(), await world.connected()];
  await answer(world, other.call("serverInfo"));
  await answer(world, one.call("signal", other.id, { go: 1 }));
  await world.lab.runUntil(() => other.called("onSignal").length > 0, 1_000);
  assert.deepEqual(plain(other.called("onSignal")), [{ peerId: one.id, payload: { go: 1 } }]);
  await world.close();
});

test("what is too large, not there, or no peer ID is refused, and what comes too fast", async () => {
  const world = await RendezvousLab.start({ seed: 4 });
  const [one, other] = [await world.connected(), await world.connected()];
  const nobody = "00".repeat(32);
  const large = "x".repeat(4_096);
  const refused: [PendingCall, string][] = [
    [one.call("introduce", nobody), "NOT_FOUND"],
    [one.call("introduce", one.id), "NOT_FOUND"],
    [one.call("introduce", 5), "BAD_REQUEST"],
    [one.call("signal", nobody, 1), "NOT_FOUND"],
    [one.call("signal", other.id, large), "TOO_LARGE"],
    [one.call("describe", { large }), "TOO_LARGE"],
    [one.call("describe", "me"), "BAD_REQUEST"],
    [one.call("identify", "00"), "BAD_REQUEST"],
    [one.call("prove", "00"), "BAD_REQUEST"],
    [one.call("relayToken"), "NO_RELAY"],
  ];
  for (const [call, reason] of refused) assert.equal(await refusal(world, call), reason);
  for (const name of ["introduce", "signal"]) {
    const calls = Array.from({ length: 120 }, () => one.call(name, other.id, 1));
    const reasons: unknown[] = [];
    for (const call of calls) reasons.push(await refusal(world, call));
    assert.ok(reasons.includes("TOO_FAST"), name);
    assert.equal(reasons[0], undefined);
  }
  assert.equal(world.server.status.counts.faults, 0);
  await world.close();
});

test("serverInfo: the ports that a client may use, and where it is seen", async () => {
  const world = await RendezvousLab.start({ seed: 5 });
  const one = await world.connected();
  const info = await answer(world, one.call("serverInfo"));
  const observed = "10.0.1.1:49152";
  assert.deepEqual(plain(info), { rtmfp: [1935, 1936], rtmp: [], rtmps: [], observed });
  await world.close();
});

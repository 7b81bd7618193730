import assert from "node:assert/strict";
import { test } from "node:test";
import { type AmfObject, isAmfObject } from "../../protocol/amf/value.ts";
import type { RendezvousClient } from "../support/rendezvous-client.ts";
import { RendezvousLab, SERVER } from "../support/rendezvous-lab.ts";

/** The only `onPair` that a client got. */
function pairOf(client: RendezvousClient): AmfObject {
  const [pair, ...others] = client.called("onPair");
  assert.ok(pair !== undefined && isAmfObject(pair));
  assert.equal(others.length, 0);
  return pair;
}

for (const loss of [0, 0.1]) {
  test(`two strangers are paired, introduced and talk to each other, loss ${loss}`, async () => {
    const world = await RendezvousLab.start({ seed: 7, conditions: { loss, delayMs: 20 } });
    const { lab } = world;
    const one = await world.connected();
    const other = await world.connected();
    const first = one.call("pairJoin", { tags: ["music", "go"] });
    await lab.runUntil(() => first.reply !== undefined, 10_000);
    assert.deepEqual(one.called("onPair"), [], "nobody to meet yet");
    const second = other.call("pairJoin", { tags: ["music"] });
    await lab.runUntil(() => one.calls.length > 0 && other.calls.length > 0, 10_000);
    await lab.runUntil(() => second.reply !== undefined, 10_000);

    const [pairOfOne, pairOfOther] = [pairOf(one), pairOf(other)];
    assert.equal(pairOfOne.peerId, other.id);
    assert.equal(pairOfOther.peerId, one.id);
    assert.notEqual(pairOfOne.initiator, pairOfOther.initiator);
    assert.deepEqual(pairOfOne.tags, ["music"]);
    assert.ok(first.reply?.isResult && second.reply?.isResult);
    assert.deepEqual({ ...(first.reply.values[0] as AmfObject) }, { ticket: pairOfOne.ticket });
    assert.deepEqual({ ...(second.reply.values[0] as AmfObject) }, { ticket: pairOfOther.ticket });

    const [initiator, responder] = pairOfOne.initiator === true ? [one, other] : [other, one];
    initiator.meet(responder.id);
    await lab.runUntil(() => initiator.peers.length > 0 && responder.peers.length > 0, 30_000);
    assert.ok(responder.forwarded > 0, "introduced by the server");
    assert.deepEqual(initiator.peers[0]?.destination, responder.address);
    assert.deepEqual(responder.peers[0]?.destination, initiator.address);
    initiator.say("hello, stranger");
    responder.say("how do you do?");
    await lab.runUntil(() => one.heard.length > 0 && other.heard.length > 0, 30_000);
    assert.deepEqual(responder.heard, [{ text: "hello, stranger", from: initiator.id }]);
    assert.deepEqual(initiator.heard, [{ text: "how do you do?", from: responder.id }]);
    assert.equal(world.server.status.counts.faults, 0);
    await world.close();
  });
}

test("RFC 7016 §3.5.1.6: the Redirect is sent before the Forwarded IHello", async () => {
  const world = await RendezvousLab.start({ seed: 1 });
  const one = await world.connected();
  const other = await world.connected();
  const sent: string[] = [];
  world.lab.tap(({ fate, datagram: { from, to } }) => {
    if (fate === "sent" && from.ip === SERVER.ip) sent.push(to.ip);
  });
  one.meet(other.id);
  await world.lab.runUntil(() => other.forwarded > 0, 1_000);
  assert.deepEqual(sent, [one.address.ip, other.address.ip]);
  await world.close();
});

test("§5.3.3 NAT is assumed if and only if the observed address is not reported", async () => {
  const world = await RendezvousLab.start({ seed: 1 });
  const open = await world.connected();
  const translated = await world.client();
  translated.connect(SERVER, "chat");
  await world.lab.runUntil(() => translated.isConnected, 5_000);
  const natOf = (client: RendezvousClient): boolean | undefined =>
    world.server.status.peers.find(({ id }) => id === client.id)?.behindNat;
  assert.equal(natOf(translated), undefined);
  translated.setPeerInfo(["192.168.1.2:1935"]);
  await world.lab.advance(500);
  assert.equal(natOf(translated), true);
  assert.equal(natOf(open), false);
  await world.close();
});

test("a peer without setPeerInfo is not introduced, and not paired", async () => {
  const world = await RendezvousLab.start({ seed: 1 });
  const one = await world.connected();
  const shy = await world.client();
  shy.connect(SERVER, "chat");
  await world.lab.runUntil(() => shy.isConnected, 5_000);
  one.meet(shy.id);
  const joined = shy.call("pairJoin", {});
  await world.lab.advance(10_000);
  assert.equal(shy.forwarded, 0);
  assert.ok(joined.reply && !joined.reply.isResult);
  assert.match(joined.reply.status.description, /^NO_PEER_INFO: /);
  assert.equal(world.server.status.counts.introductions, 0);
  await world.close();
});

test("a client that vanishes leaves the registry, and its partner is told", async () => {
  const world = await RendezvousLab.start({ seed: 3 });
  const left: string[] = [];
  world.server.on("peer-left", ({ id }) => left.push(id));
  const one = await world.connected();
  const other = await world.connected();
  one.call("pairJoin", {});
  other.call("pairJoin", {});
  await world.lab.runUntil(() => one.calls.length > 0 && other.calls.length > 0, 5_000);
  world.lab.path(one.address.ip, SERVER.ip).set({ loss: 1 });
  world.lab.path(SERVER.ip, one.address.ip).set({ loss: 1 });
  await world.lab.runUntil(() => other.called("onPairEnd").length > 0, 60_000);
  const [end] = other.called("onPairEnd");
  assert.ok(end !== undefined && isAmfObject(end));
  assert.deepEqual({ ...end }, { peerId: one.id, reason: "disconnect" });
  assert.deepEqual(left, [one.id]);
  assert.deepEqual(
    world.server.status.peers.map(({ id }) => id),
    [other.id],
  );
  assert.equal(world.server.status.counts.pairs, 0);
  await world.close();
});

test("next, leave and report: the partner hears why, the two do not meet again", async () => {
  const world = await RendezvousLab.start({ seed: 4 });
  const ends: unknown[] = [];
  const reports: unknown[] = [];
  world.server.on("pair-end", (...end) => ends.push(end));
  world.server.on("report", (...report) => reports.push(report));
  const one = await world.connected();
  const other = await world.connected();
  one.call("pairJoin", {});
  other.call("pairJoin", {});
  await world.lab.runUntil(() => other.calls.length > 0, 5_000);
  one.call("pairReport", { peerId: other.id, reason: "rude" });
  one.call("pairNext");
  await world.lab.runUntil(() => other.called("onPairEnd").length > 0, 5_000);
  other.call("pairNext");
  await world.lab.advance(60_000);
  assert.equal(one.called("onPair").length, 1, "reported: never again");
  assert.deepEqual(reports, [[one.id, other.id, "rude"]]);
  const third = await world.connected();
  third.call("pairJoin", {});
  await world.lab.runUntil(() => third.calls.length > 0, 5_000);
  assert.equal(world.server.status.counts.waiting, 1);
  const [pair] = third.called("onPair");
  assert.ok(pair !== undefined && isAmfObject(pair));
  third.call("pairLeave");
  await world.lab.advance(1_000);
  assert.deepEqual(ends, [
    [one.id, other.id, "next"],
    [third.id, pair.peerId, "leave"],
  ]);
  await world.close();
});

test("close tells the clients, and closing again is nothing new", async () => {
  const world = await RendezvousLab.start({ seed: 5 });
  const one = await world.connected();
  const closing = world.server.close();
  assert.equal(world.server.close(), closing);
  await world.lab.complete(closing, 5_000);
  await world.lab.runUntil(() => one.isEnded, 5_000);
  assert.deepEqual(world.server.status.peers, []);
  await world.close();
});

test("the same seed takes the same time", async () => {
  const times: number[] = [];
  for (let run = 0; run < 2; run += 1) {
    const world = await RendezvousLab.start({ seed: 6, conditions: { loss: 0.1 } });
    const one = await world.connected();
    const other = await world.connected();
    one.call("pairJoin", {});
    other.call("pairJoin", {});
    await world.lab.runUntil(() => other.calls.length > 0, 20_000);
    times.push(world.lab.now);
    await world.close();
  }
  assert.equal(times[0], times[1]);
});

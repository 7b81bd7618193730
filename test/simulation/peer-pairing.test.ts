/** Strangers meet: the pairing of the library, with the real server, in virtual time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PairOptions, Peer, PeerSession } from "../../peer/index.ts";
import { LabChat } from "../support/lab-chat.ts";

const REASON = new Error("changed my mind");

async function peers(chat: LabChat, count: number): Promise<Peer[]> {
  const all: Peer[] = [];
  for (let index = 0; index < count; index += 1) all.push(await chat.peer());
  return all;
}

/** All join at once; answers the sessions. */
function pairAll(chat: LabChat, joins: readonly [Peer, PairOptions?][]): Promise<PeerSession[]> {
  const pairing = joins.map(([peer, options]) => peer.pair(options));
  return chat.lab.complete(Promise.all(pairing), 10_000);
}

/** The server and both ends of every pair agree. */
function assertAgreed(chat: LabChat, all: readonly Peer[]): void {
  for (const peer of all) {
    const pair = chat.server.status.pairs.find((ids) => ids.includes(peer.id));
    const partnerId = pair?.find((id) => id !== peer.id);
    assert.equal(peer.partner?.peerId, partnerId);
  }
}

test("two strangers meet on one session, and exactly one initiates", async () => {
  const chat = await LabChat.start(1);
  const [one, other] = (await peers(chat, 2)) as [Peer, Peer];
  const [near, far] = await pairAll(chat, [[one], [other]]);
  assert.deepEqual([near?.peerId, far?.peerId], [other.id, one.id]);
  assert.notEqual(near?.isInitiator, far?.isInitiator);
  assert.deepEqual([one.partner, other.partner], [near, far]);
  assert.deepEqual([one.sessions, other.sessions], [[near], [far]]);
  await chat.close();
});

test("next: the partner is told, and those who have met go their ways while others wait", async () => {
  const chat = await LabChat.start(2);
  const [ada, bob, eve] = (await peers(chat, 3)) as [Peer, Peer, Peer];
  await pairAll(chat, [[ada], [bob]]);
  const unpaired: unknown[] = [];
  const closed: unknown[] = [];
  bob.on("unpaired", (...told) => unpaired.push(told));
  bob.partner?.on("closed", (error) => closed.push(error));
  const evesFirst = eve.pair();
  const adasSecond = ada.next();
  const [first, second] = await chat.lab.complete(Promise.all([evesFirst, adasSecond]), 10_000);
  assert.deepEqual([first?.peerId, second?.peerId], [ada.id, eve.id]);
  await chat.lab.advance(1_000);
  assert.deepEqual(unpaired, [[ada.id, "next"]]);
  assert.deepEqual(closed, [undefined]);
  assert.deepEqual([bob.partner, bob.sessions], [undefined, []]);
  await chat.close();
});

test("two who are alone meet again, after a while", async () => {
  const chat = await LabChat.start(3);
  const [one, other] = (await peers(chat, 2)) as [Peer, Peer];
  const [before] = await pairAll(chat, [[one], [other]]);
  const again = [one.next(), other.pair()];
  const [near, far] = await chat.lab.complete(Promise.all(again), 10_000);
  assert.ok(near?.isOpen && far?.isOpen && near !== before && !before?.isOpen);
  assert.deepEqual([near.peerId, far.peerId], [other.id, one.id]);
  await chat.close();
});

test("five with tags: who shares one meets, the one left over waits", async () => {
  const chat = await LabChat.start(4);
  const [a, b, c, d, e] = (await peers(chat, 5)) as [Peer, Peer, Peer, Peer, Peer];
  const lonely = e.pair({ tags: ["chess"] });
  const [atA, , atC] = await pairAll(chat, [
    [a, { tags: ["music", "films"] }],
    [b, { tags: ["films"] }],
    [c, { tags: ["cats"] }],
    [d, { tags: ["dogs", "cats"] }],
  ]);
  assert.deepEqual([atA?.peerId, atC?.peerId], [b.id, d.id]);
  assertAgreed(chat, [a, b, c, d, e]);
  assert.equal(chat.server.status.counts.waiting, 1);
  const outcome = assert.rejects(lonely, { code: "CLOSED" });
  await chat.lab.complete(e.leave(), 1_000);
  await chat.lab.complete(outcome, 1_000);
  assert.equal(chat.server.status.counts.waiting, 0);
  await chat.close();
});

test("avoid: the two do not meet", async () => {
  const chat = await LabChat.start(5);
  const [one, other, third] = (await peers(chat, 3)) as [Peer, Peer, Peer];
  const wished = one.pair({ avoid: [other.id] });
  const rest = other.pair();
  await chat.lab.advance(10_000);
  assert.equal(chat.server.status.counts.waiting, 2);
  const late = third.pair();
  const met = await chat.lab.complete(Promise.race([wished, rest]), 10_000);
  assert.equal(met.peerId, third.id);
  await chat.lab.complete(late, 1_000);
  const outcome = assert.rejects(one.partner ? rest : wished, { code: "CLOSED" });
  await chat.close();
  await outcome;
});

test("what the server refuses: CALL_FAILED with its reason; in line twice: LIMIT", async () => {
  const chat = await LabChat.start(6);
  const [one, other] = (await peers(chat, 2)) as [Peer, Peer];
  const refused: readonly [PairOptions, RegExp][] = [
    [{ tags: ["x".repeat(65)] }, /BAD_TAGS/],
    [{ tags: Array.from({ length: 17 }, String) }, /BAD_TAGS/],
    [{ avoid: ["nobody"] }, /BAD_AVOID/],
  ];
  for (const [options, message] of refused) {
    const pairing = chat.lab.complete(one.pair(options), 1_000);
    await assert.rejects(pairing, { code: "CALL_FAILED", message });
  }
  await assert.rejects(chat.lab.complete(one.next(), 1_000), { message: /NOT_JOINED/ });
  const waiting = one.pair();
  await assert.rejects(one.pair(), { code: "LIMIT" });
  await assert.rejects(one.next(), { code: "LIMIT" });
  const met = await chat.lab.complete(Promise.all([waiting, other.pair()]), 10_000);
  assert.equal(met.length, 2, "who was refused a second place keeps the first");
  await chat.close();
});

test("aborted before: nothing happens, and the partner stays", async () => {
  const chat = await LabChat.start(7);
  const [one, other] = (await peers(chat, 2)) as [Peer, Peer];
  const [near] = await pairAll(chat, [[one], [other]]);
  const signal = AbortSignal.abort(REASON);
  await assert.rejects(one.next({ signal }), REASON);
  await assert.rejects(one.pair({ signal }), REASON);
  await assert.rejects(one.leave({ signal }), REASON);
  await chat.lab.advance(1_000);
  assert.ok(near?.isOpen);
  assert.equal(one.partner, near);
  await chat.close();
});

test("aborted at any time: leaves the line, and can stand in it again at once", async () => {
  for (let afterMs = 0; afterMs <= 120; afterMs += 10) {
    const chat = await LabChat.start(8);
    const [one, other, third] = (await peers(chat, 3)) as [Peer, Peer, Peer];
    const others = other.pair();
    await chat.lab.advance(200);
    const stop = new AbortController();
    const outcome = one.pair({ signal: stop.signal }).then(
      () => "met",
      (error: unknown) => error,
    );
    await chat.lab.advance(afterMs);
    stop.abort(REASON);
    const how = await chat.lab.complete(outcome, 1_000);
    assert.ok(how === REASON || (how === "met" && afterMs >= 60), `after ${afterMs} ms: ${how}`);
    const again = how === "met" ? one.next() : one.pair();
    const thirds = third.pair();
    const all = Promise.all([again, thirds, others.catch(() => other.pair())]);
    const first = await chat.lab.complete(again, 10_000);
    await chat.lab.advance(5_000);
    assert.ok(first.isOpen || one.partner, `after ${afterMs} ms`);
    assertAgreed(chat, [one, other, third]);
    all.catch(() => undefined);
    await chat.close();
  }
});

test("a partner who leaves before both have met does not count", async () => {
  for (let afterMs = 0; afterMs <= 90; afterMs += 10) {
    const chat = await LabChat.start(9);
    const [one, hasty, patient] = (await peers(chat, 3)) as [Peer, Peer, Peer];
    const pairing = one.pair();
    await chat.lab.advance(200);
    const given = hasty.pair().catch(() => undefined);
    await chat.lab.advance(afterMs);
    await chat.lab.complete(hasty.leave(), 1_000);
    await chat.lab.complete(given, 1_000);
    await chat.lab.advance(300);
    const from = chat.lab.now;
    // Had they met? Then nobody stands in line for us.
    const isWaiting = one.partner === undefined && chat.server.status.counts.waiting === 1;
    assert.ok(isWaiting || afterMs >= 40, `after ${afterMs} ms`);
    const second = isWaiting ? pairing : pairing.then(() => one.next());
    await chat.lab.complete(Promise.all([second, patient.pair()]), 20_000);
    assert.ok(chat.lab.now - from < 1_000, `${afterMs} ms: waited ${chat.lab.now - from} ms`);
    assert.equal(one.partner?.peerId, patient.id);
    assertAgreed(chat, [one, hasty, patient]);
    await chat.close();
  }
});

test("a partner who vanishes before both have met: TIMEOUT, and out of line", async () => {
  for (const vanishing of [0, 1]) {
    const chat = await LabChat.start(10);
    const options = { connectTimeoutMs: 3_000 };
    const both: [Peer, Peer] = [await chat.peer(options), await chat.peer(options)];
    const [stays, vanishes] = vanishing === 0 ? both : [both[1], both[0]];
    const gone = vanishes.pair().catch(() => undefined);
    await chat.lab.advance(200);
    const outcome = assert.rejects(stays.pair(), { code: "TIMEOUT" });
    chat.cut(vanishes);
    await chat.lab.complete(outcome, 4_000);
    await chat.lab.advance(500);
    const { waiting, pairs } = chat.server.status.counts;
    assert.deepEqual([waiting, pairs], [0, 0]);
    await chat.close();
    await gone;
  }
});

test("who leaves the line can stand in it again in the same breath", async () => {
  const chat = await LabChat.start(13);
  const [one, other] = (await peers(chat, 2)) as [Peer, Peer];
  const given = assert.rejects(one.pair(), { code: "CLOSED" });
  const leaving = one.leave();
  const [session] = await pairAll(chat, [[one], [other]]);
  await Promise.all([given, leaving]);
  assert.equal(session?.peerId, other.id);
  assertAgreed(chat, [one, other]);
  await chat.close();
});

test("a partner who leaves: unpaired and closed; leave leaves the partner", async () => {
  const chat = await LabChat.start(11);
  const [one, other] = (await peers(chat, 2)) as [Peer, Peer];
  const [near] = await pairAll(chat, [[one], [other]]);
  const told: unknown[] = [];
  one.on("unpaired", (peerId, reason) => told.push([peerId, reason]));
  near?.on("closed", () => told.push("closed"));
  await chat.lab.complete(other.leave(), 1_000);
  await chat.lab.advance(500);
  assert.deepEqual(told.length, 2);
  assert.ok(told.includes("closed"));
  assert.deepEqual(told.find(Array.isArray), [other.id, "leave"]);
  assert.deepEqual([one.partner, other.partner], [undefined, undefined]);
  await chat.lab.complete(one.leave(), 1_000);
  await chat.close();
});

test("a partner who closes, and one who vanishes: the session says so", async () => {
  for (const end of ["close", "vanish"] as const) {
    const chat = await LabChat.start(12);
    const [one, other] = (await peers(chat, 2)) as [Peer, Peer];
    const [near] = await pairAll(chat, [[one], [other]]);
    const codes: (string | undefined)[] = [];
    near?.on("closed", (error) => codes.push(error?.code));
    if (end === "close") await chat.lab.complete(other.close(), 5_000);
    else chat.cut(other);
    await chat.lab.advance(60_000);
    assert.equal(codes.length, 1);
    assert.equal(one.partner, undefined);
    await chat.close();
  }
});

test("whatever five do, in the end they and the server agree who is with whom", async () => {
  for (let seed = 1; seed <= 8; seed += 1) {
    const chat = await LabChat.start(seed, { jitterMs: 30, loss: 0.02 });
    const all = await peers(chat, 5);
    const busy = new Set<Promise<unknown>>();
    const track = (work: Promise<unknown>): void => {
      const settled = work.catch(() => undefined).finally(() => busy.delete(settled));
      busy.add(settled);
    };
    for (let step = 0; step < 40; step += 1) {
      const peer = all[chat.lab.random.below(5)] as Peer;
      const stop = new AbortController();
      const deed = chat.lab.random.below(4);
      if (deed === 0) track(peer.leave());
      else if (deed === 1) track(peer.next({ signal: stop.signal }));
      else track(peer.pair({ signal: stop.signal }));
      await chat.lab.advance(chat.lab.random.below(400));
      if (chat.lab.random.below(3) === 0) stop.abort(REASON);
    }
    await chat.lab.advance(30_000);
    assertAgreed(chat, all);
    const after = Promise.all([...busy]);
    await chat.close();
    await chat.lab.complete(after, 1_000);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_HALF_OPEN_PER_SOURCE, MAX_HELLO_NETWORKS } from "../../protocol/params.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { Lab } from "../lab/index.ts";
import { pooledIdentity, Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";
import { Victim } from "../support/victim.ts";

test("§3.5.1.1.2 one cookie makes no more sessions than a source may have unproven", () => {
  const victim = new Victim();
  const greedy = { ip: "192.0.2.66", port: 1935 };
  const cookie = victim.cookieFor(greedy);
  for (let id = 1; id <= MAX_HALF_OPEN_PER_SOURCE; id += 1) {
    assert.ok(victim.open(greedy, cookie, id), `session ${id}`);
  }
  for (let id = 0; id < 20; id += 1) assert.equal(victim.open(greedy, cookie, 10_000 + id), false);
  const honest = { ip: "192.0.2.67", port: 1935 };
  assert.ok(victim.open(honest, victim.cookieFor(honest), 1), "others get in");
  // Those that never prove themselves make room for others of the same source after a while.
  victim.now = 5_000;
  victim.open(greedy, cookie, 20_000);
  assert.equal(victim.endpoint.stats.sessions, MAX_HALF_OPEN_PER_SOURCE + 1);
  assert.equal(victim.sessions[0]?.state, "CLOSED");
});

test("§3.5.1.1.2 dozens of silent peers behind one NAT get in at once", async () => {
  const conditions = { delayMs: 300, loss: 0.05 };
  const lab = new Lab({ seed: 1, conditions, isPromiseFree: true });
  const server = await new Station(lab.host("10.0.0.1").io, 0).listen("10.0.0.1", 1935);
  const nat = lab.host("10.0.0.2").io;
  const peers: Station[] = [];
  for (let index = 1; index <= 60; index += 1) {
    const peer = await new Station(nat, index).listen("10.0.0.2", 2_000 + index);
    peers.push(peer);
    peer.dial(server);
  }
  await lab.runUntil(() => peers.every((peer) => peer.sessions.length > 0), 20_000);
  await lab.advance(10_000);
  assert.ok(peers.every((peer) => peer.session.isOpen));
  await closeStations(lab, server, ...peers);
});

/** How many of so many hellos within a second are answered. */
function answered(victim: Victim, hellos: number, from: (index: number) => Address): number {
  let answers = 0;
  for (let index = 0; index < hellos; index += 1) {
    victim.now += 1_000 / hellos;
    if (victim.hello(from(index))) answers += 1;
  }
  return answers;
}

test("§3.5.1.1.2 a network gets so many answers to hellos and no more; others get theirs", () => {
  const victim = new Victim();
  const flood = (index: number): Address => ({ ip: `192.0.2.${index % 256}`, port: 1 + index });
  answered(victim, 20_000, flood);
  const rate = answered(victim, 10_000, flood);
  const addedBytes = rate * (64 + pooledIdentity(0).certificate.bytes.length);
  assert.ok(addedBytes < 525_000 && addedBytes > 500_000, `${addedBytes} bytes added`);
  victim.now += 1_000;
  assert.ok(victim.hello(flood(0)), "who asks again gets an answer");
  const victimsOfStorm = (index: number): Address => ({
    ip: `10.1.${index >> 8}.${index & 255}`,
    port: 1935,
  });
  assert.equal(answered(victim, 5_000, victimsOfStorm), 5_000);
  assert.ok(victim.endpoint.stats.malformed >= 10_000 - rate, "what was not answered was counted");
});

test("§3.5.1.1.2 two thousand hellos a second from one address are answered", () => {
  const victim = new Victim();
  const loopback = (index: number): Address => ({ ip: "127.0.0.1", port: 5_000 + (index % 16) });
  for (let seconds = 0; seconds < 5; seconds += 1) {
    assert.equal(answered(victim, 2_000, loopback), 2_000);
  }
});

test("§3.5.1.1.2 so many networks are remembered: the one that has not asked for longest is forgotten", () => {
  const victim = new Victim();
  const isAnswered = (ip: string): boolean => victim.hello({ ip, port: 1935 }) !== undefined;
  const others = Array.from(
    { length: MAX_HELLO_NETWORKS - 1 },
    (_, index) => `10.${index >> 8}.${index & 255}.1`,
  );
  const [first, second] = ["192.0.2.1", "198.51.100.1"];
  for (const ip of [first, second]) {
    let answers = 0;
    while (isAnswered(ip)) answers += 1;
    assert.ok(answers > 1_000);
  }
  const last = others.pop() ?? "";
  for (const ip of others) assert.ok(isAnswered(ip));
  assert.equal(isAnswered(first), false, "still remembered");
  assert.ok(isAnswered(last), "one more");
  assert.equal(isAnswered(first), false, "it has asked since");
  assert.equal(isAnswered(second), true, "forgotten");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lab } from "../lab/index.ts";
import { pooledIdentity, Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";
import { Victim } from "../support/victim.ts";

/** Somebody there opens one more session; answers whether he got one. */
function open(victim: Victim, ip: string, id: number, identity = 5): boolean {
  const from = { ip, port: 1935 };
  const { bytes: initiatorCertificate } = pooledIdentity(identity).certificate;
  const cookieEcho = victim.cookieFor(from);
  const sent = victim.key(from, { cookieEcho, initiatorSessionId: id, initiatorCertificate });
  return sent.some(({ to }) => to.ip === ip);
}

test("options: a full endpoint lets in who comes from elsewhere, in place of one of who has most", () => {
  const victim = new Victim({ maxSessions: 64 });
  for (let id = 1; id <= 128; id += 1) open(victim, `2001:db8:0:${id.toString(16)}::1`, id);
  assert.equal(victim.endpoint.stats.sessions, 64, "one line has them all");
  for (let id = 1; id <= 8; id += 1) assert.ok(open(victim, `10.0.${id}.1`, id, 5 + id), `${id}`);
  assert.equal(victim.endpoint.stats.sessions, 64);
  for (let id = 1; id <= 255; id += 1) open(victim, `2001:db8:0:${id.toString(16)}::2`, id);
  const honest = victim.sessions.filter(({ destination }) => destination.ip.startsWith("10."));
  assert.ok(honest.length === 8 && honest.every((session) => session.isOpen));
  const [first] = victim.events.filter((event) => event.type === "closed");
  assert.equal(first?.error?.code, "LIMIT");
});

test("options: a keying that is refused takes nobody's place", () => {
  const victim = new Victim({ maxSessions: 4 });
  for (let id = 1; id <= 4; id += 1) assert.ok(open(victim, "192.0.2.1", id));
  const from = { ip: "10.0.0.1", port: 1935 };
  const sessionKeyInitiatorComponent = new Uint8Array(0);
  const cookieEcho = victim.cookieFor(from);
  victim.key(from, { cookieEcho, initiatorSessionId: 1, sessionKeyInitiatorComponent });
  assert.ok(victim.session.isOpen);
  assert.ok(open(victim, from.ip, 2));
  assert.equal(victim.session.state, "CLOSED");
});

test("options: sessions that are closing keep nobody out", () => {
  const victim = new Victim({ maxSessions: 2 });
  for (let id = 1; id <= 2; id += 1) assert.ok(open(victim, `10.0.${id}.1`, id, 5 + id));
  assert.equal(open(victim, "10.0.3.1", 3), false);
  for (const session of victim.sessions) session.close(victim.now);
  victim.wait(1_000);
  assert.equal(victim.endpoint.stats.sessions, 2, "each waits for its far end's answer");
  for (let id = 3; id <= 4; id += 1) assert.ok(open(victim, `10.0.${id}.1`, id, 5 + id));
  assert.equal(victim.endpoint.stats.sessions, 2);
});

test("options: who has proven himself goes as well, and is told so", async () => {
  const lab = new Lab({ seed: 1, isPromiseFree: true });
  const one = await new Station(lab.host("10.0.0.1").io, 0, { maxSessions: 3 }).listen(
    "10.0.0.1",
    1935,
  );
  const greedy = lab.host("10.0.2.1").io;
  const peers: Station[] = [];
  for (let index = 1; index <= 3; index += 1) {
    const peer = await new Station(greedy, index).listen("10.0.2.1", 1_000 + index);
    peers.push(peer);
    peer.dial(one);
    await lab.advance(100);
    peer.send(peer.openFlow("hello"), "here I am");
    await lab.advance(1_000);
  }
  assert.ok(one.sessions.every((session) => session.isConfirmed));
  const late = await new Station(lab.host("10.0.3.1").io, 4).listen("10.0.3.1", 1935);
  late.dial(one);
  await lab.runUntil(() => late.sessions.length === 1, 1_000);
  await lab.advance(1_000);
  assert.deepEqual(
    peers.map((peer) => peer.session.isOpen),
    [false, true, true],
  );
  assert.equal(one.driver.endpoint.stats.sessions, 3);
  await closeStations(lab, one, late, ...peers);
});

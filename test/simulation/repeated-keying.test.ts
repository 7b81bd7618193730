import assert from "node:assert/strict";
import { test } from "node:test";
import { PROOF_PING_MS } from "../../protocol/params.ts";
import { Lab } from "../lab/index.ts";
import { Outlet } from "../support/outlet.ts";
import { Station } from "../support/station.ts";
import { closeStations, twoStations } from "../support/two-stations.ts";

/** Plain IIKeyings of our certificates are the only datagrams from 225 to 245 bytes. */
function isIIKeying(bytes: Uint8Array): boolean {
  return bytes.length > 225 && bytes.length < 245;
}

test("§3.5.1.1.2 every datagram comes twice: one session", async () => {
  const { lab, one, other } = await twoStations(1, { duplicate: 1 });
  one.dial(other);
  await lab.advance(30_000);
  for (const station of [one, other]) {
    assert.equal(station.eventsOf("session").length, 1);
    assert.equal(station.driver.endpoint.stats.sessions, 1);
    assert.deepEqual(station.eventsOf("closed"), []);
  }
  await closeStations(lab, one, other);
});

test("§3.5.1.1.2 a repeated IIKeying is answered with the same RIKeying, until that is known to have come", async () => {
  const lab = new Lab({ seed: 1 });
  const outlet = new Outlet(lab.host("10.0.0.1").io);
  const one = await new Station(outlet.io, 0).listen("10.0.0.1", 1935);
  const other = await new Station(lab.host("10.0.0.2").io, 1).listen("10.0.0.2", 1935);
  let keying: Uint8Array | undefined;
  let answers: number[] = [];
  lab.tap(({ fate, datagram: { from, bytes } }) => {
    if (fate !== "sent") return;
    if (from.ip === "10.0.0.1" && isIIKeying(bytes)) keying = bytes.slice();
  });
  one.dial(other);
  await lab.runUntil(() => one.sessions.length > 0, 1_000);
  assert.ok(keying);
  lab.tap(({ fate, datagram: { from, bytes } }) => {
    if (fate === "sent" && from.ip === "10.0.0.2") answers.push(bytes.length);
  });
  for (let times = 0; times < 3; times += 1) outlet.send(keying, other.address);
  await lab.advance(15);
  assert.equal(answers.length, 3);
  assert.equal(new Set(answers).size, 1, "answered, each time alike");
  await lab.advance(PROOF_PING_MS + 1_000);
  assert.equal(other.session.isConfirmed, true);
  answers = [];
  for (let times = 0; times < 3; times += 1) outlet.send(keying, other.address);
  await lab.advance(15);
  assert.deepEqual(answers, [], "who has the keys needs no answer");
  assert.equal(other.driver.endpoint.stats.sessions, 1);
  assert.equal(other.eventsOf("session").length, 1);
  one.send(one.openFlow("hello"), "still here");
  await lab.runUntil(() => other.messages.length === 1, 1_000);
  await closeStations(lab, one, other);
});

test("§3.5.1.1.2 replayed after the close it leads to nothing but a session that proves nothing", async () => {
  const lab = new Lab({ seed: 1 });
  const outlet = new Outlet(lab.host("10.0.0.1").io);
  const one = await new Station(outlet.io, 0).listen("10.0.0.1", 1935);
  const other = await new Station(lab.host("10.0.0.2").io, 1).listen("10.0.0.2", 1935);
  let keying: Uint8Array | undefined;
  lab.tap(({ fate, datagram: { from, bytes } }) => {
    if (fate === "sent" && from.ip === "10.0.0.1" && isIIKeying(bytes)) keying = bytes.slice();
  });
  one.dial(other);
  await lab.runUntil(() => one.sessions.length > 0, 1_000);
  one.driver.turn((now) => one.session.close(now));
  await lab.advance(20_000);
  assert.equal(other.driver.endpoint.stats.sessions, 0);
  assert.ok(keying);
  outlet.send(keying, other.address);
  await lab.advance(25_000);
  assert.equal(other.driver.endpoint.stats.sessions, 0, "given up when its proof did not come");
  assert.equal(one.driver.endpoint.stats.sessions, 0);
  await closeStations(lab, one, other);
});

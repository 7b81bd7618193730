import assert from "node:assert/strict";
import { test } from "node:test";
import { type Host, Lab } from "../lab/index.ts";
import { survivors } from "../support/garbage.ts";
import { Station } from "../support/station.ts";
import { assertEmpty, Victim } from "../support/victim.ts";

const SESSIONS = 2_000;
const CALLERS = 40;
const CALLED_IP = "10.0.0.1";
const NOWHERE = { ip: "10.0.2.1", port: 1935 };

/** How the sessions of a round come to their ends. */
type Ending = (caller: Station, called: Station) => void;
const endings: readonly Ending[] = [
  (caller) => caller.driver.turn((now) => caller.session.close(now)),
  (caller, called) =>
    called.driver.turn((now) => {
      for (const session of sessionsWith(called, caller)) session.close(now);
    }),
  (caller, called) => {
    caller.driver.turn((now) => caller.session.close(now));
    called.driver.turn((now) => {
      for (const session of sessionsWith(called, caller)) session.close(now);
    });
  },
  (caller) => caller.driver.turn(() => caller.session.abort()),
  // Gone without a word: its next session replaces the one that is left.
  () => undefined,
];

function sessionsWith(called: Station, { address }: Station): Station["sessions"] {
  return called.sessions.filter(
    ({ destination, isOpen }) => isOpen && destination.ip === address.ip,
  );
}

/** One session with each of the callers, opened by either end or both, used, and ended. */
async function round(lab: Lab, called: Station, hosts: readonly Host[], turn: number) {
  const callers = hosts.map((host, index) => ({
    host,
    station: new Station(host.io, 1 + index),
    ending: endings[(index + turn) % endings.length],
  }));
  for (const { host, station } of callers) await station.listen(host.ip, 1935);
  callers.forEach(({ station }, index) => {
    // Who still has the session of one that is gone without a word would not open another.
    const isBack = (index + turn) % endings.length === 0;
    if (isBack || (index + turn) % 3 !== 0) station.dial(called);
    if ((index + turn) % 3 !== 1) called.dial(station);
  });
  // Two of its own are not answered: one in time, one that it does not want any more.
  called.dial(called, [NOWHERE], 1_000);
  const unwanted = called.dial(called, [NOWHERE]);
  called.driver.turn(() => called.driver.endpoint.abandon(unwanted));
  await lab.runUntil(() => callers.every(({ station }) => station.sessions.length > 0), 10_000);
  for (const { station } of callers)
    station.send(station.openFlow("hello", { priority: 7 }), "how do you do?");
  await lab.runUntil(() => called.messages.length === CALLERS, 10_000);
  for (const { station, ending } of callers) ending?.(station, called);
  await lab.advance(50);
  for (const { host, station } of callers) {
    lab.path(host.ip, CALLED_IP).set({ loss: 1 });
    await lab.complete(station.driver.abort(), 1_000);
    lab.path(host.ip, CALLED_IP).set({ loss: 0 });
  }
}

/** The station's own memory: what else refers to a session is the endpoint's. */
function forget({ sessions, events, messages }: Station): void {
  for (const memory of [sessions, events, messages]) memory.length = 0;
}

test(`after ${SESSIONS} sessions an endpoint is as empty as before`, async () => {
  const lab = new Lab({ seed: 1, isPromiseFree: true });
  const called = await new Station(lab.host(CALLED_IP).io, 0).listen(CALLED_IP, 1935);
  const hosts = Array.from({ length: CALLERS }, (_, index) => lab.host(`10.0.1.${1 + index}`));
  const { endpoint } = called.driver;
  const before = endpoint.stats;
  const gone: WeakRef<object>[] = [];
  called.onEvent = (event) => {
    if (event.type === "session") gone.push(new WeakRef(event.session));
  };
  for (let turn = 0; turn < SESSIONS / CALLERS; turn += 1) {
    await round(lab, called, hosts, turn);
    forget(called);
  }
  await lab.advance(150_000);
  forget(called);
  const { sessions, remembered } = endpoint.stats;
  assert.deepEqual([sessions, remembered], [before.sessions, before.remembered]);
  assert.equal(endpoint.timeout, Number.POSITIVE_INFINITY);
  assert.ok(gone.length >= SESSIONS, `${gone.length} sessions`);
  assert.equal(await survivors(gone), 0, "sessions that something refers to");
  await lab.complete(called.driver.close(), 1_000);
});

/** One that was opened, and one more with the same far end, of which nobody is told until it is proven. */
function unproven(): Victim {
  const victim = new Victim();
  const from = { ip: "192.0.2.1", port: 1935 };
  const cookie = victim.cookieFor(from);
  assert.ok(victim.open(from, cookie, 1) && victim.open(from, cookie, 2));
  assert.equal(victim.sessions.length, 1);
  assert.ok(victim.endpoint.stats.remembered > 2);
  return victim;
}

test("§3.5.1.1.2 sessions whose proof does not come leave nothing when they are given up", () => {
  const victim = unproven();
  const { endpoint } = victim;
  while (endpoint.timeout < 120_000) victim.wait(endpoint.timeout - victim.now);
  assertEmpty(victim);
});

test("what is aborted or abandoned is forgotten at once", () => {
  const victim = unproven();
  victim.endpoint.abandon(victim.dial({ ip: "192.0.2.2", port: 1935 }).opening);
  victim.endpoint.abort();
  victim.poll();
  assertEmpty(victim);
});

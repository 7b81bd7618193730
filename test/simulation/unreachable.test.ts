import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmfpError } from "../../protocol/errors.ts";
import { MAX_OPENINGS, MAX_SESSIONS } from "../../protocol/params.ts";
import { SessionTable } from "../../protocol/session/session-table.ts";
import { Station } from "../support/station.ts";
import { closeStations, twoStations } from "../support/two-stations.ts";

const nowhere = { ip: "10.9.9.9", port: 1935 };

test("§3.5.1.1.1 an unreachable far end is asked with growing pauses, for 95 seconds", async () => {
  const { lab, one, other } = await twoStations(1);
  const times: number[] = [];
  lab.tap(({ at, fate }) => {
    // Repetitions come twice, the second time in fragments.
    if (fate === "sent" && times.at(-1) !== at) times.push(at);
  });
  const opening = one.dial(other, [nowhere]);
  await lab.advance(94_999);
  assert.deepEqual(times.slice(0, 6), [0, 1_000, 3_500, 7_500, 13_000, 20_000]);
  assert.deepEqual(one.eventsOf("open-failed"), []);
  await lab.advance(1);
  const [failed, ...others] = one.eventsOf("open-failed");
  assert.equal(failed?.opening, opening);
  assert.equal(failed?.error.code, "TIMEOUT");
  assert.deepEqual(others, []);
  const { length } = times;
  await lab.advance(100_000);
  assert.equal(times.length, length, "and then it is quiet");
  await closeStations(lab, one, other);
});

test("the user may be less patient, or have nowhere to ask", async () => {
  const { lab, one, other } = await twoStations(1);
  one.dial(other, [nowhere], 2_000);
  one.dial(other, [], 3_000);
  await lab.advance(3_000);
  assert.deepEqual(
    one.eventsOf("open-failed").map(({ error }) => error.code),
    ["TIMEOUT", "TIMEOUT"],
  );
  await closeStations(lab, one, other);
});

test("what cannot be a delay or a timeout is refused, and nothing is left of the opening", async () => {
  const { lab, one, other } = await twoStations(1);
  for (const bad of [-1, Number.NaN]) {
    const late = { ...nowhere, delayMs: bad };
    assert.throws(() => one.dial(other, [nowhere, late]), /^RangeError: delayMs/);
    assert.throws(() => one.dial(other, [nowhere], bad), /^RangeError: timeoutMs/);
  }
  assert.equal(one.driver.endpoint.timeout, Number.POSITIVE_INFINITY);
  for (let times = 0; times < MAX_OPENINGS; times += 1) one.dial(other, []);
  assert.throws(
    () => one.dial(other, []),
    (error) => error instanceof RtmfpError && error.code === "LIMIT",
  );
  await lab.advance(95_000);
  assert.equal(one.eventsOf("open-failed").length, MAX_OPENINGS);
  one.dial(other);
  await lab.runUntil(() => one.sessions.length === 1, 1_000);
  await closeStations(lab, one, other);
});

test("§3.5.1.1.1 a candidate that is added later has pauses of its own", async () => {
  const { lab, one, other } = await twoStations(1);
  const opening = one.dial(other, [nowhere]);
  await lab.advance(10_000);
  one.driver.turn((now) => one.driver.endpoint.addCandidate(opening, other.address, now));
  await lab.advance(45);
  assert.ok(one.sessionOf(opening));
  await closeStations(lab, one, other);
});

test("§3.5.1.1.1 an answer that never becomes a session is a failure as well", async () => {
  const { lab, one, other } = await twoStations(1);
  lab.scriptLoss((index) => index > 1);
  one.dial(other);
  await lab.advance(95_000);
  assert.equal(one.eventsOf("open-failed")[0]?.error.code, "TIMEOUT");
  await closeStations(lab, one, other);
});

test("options: the last session that is wanted is answered, and one more when another has gone", async () => {
  const { lab, one, other } = await twoStations(1, {}, { maxSessions: 2 });
  const third = await new Station(lab.host("10.0.0.3").io, 2).listen("10.0.0.3", 1935);
  const fourth = await new Station(lab.host("10.0.0.4").io, 3).listen("10.0.0.4", 1935);
  for (const station of [other, third]) {
    station.dial(one);
    await lab.runUntil(() => station.sessions.length === 1, 1_000);
  }
  const late = fourth.dial(one);
  await lab.advance(30_000);
  assert.equal(fourth.sessions.length, 0);
  assert.equal(one.driver.endpoint.stats.sessions, 2);
  third.driver.turn(() => third.session.abort());
  await lab.runUntil(() => fourth.sessionOf(late) !== undefined, 60_000);
  assert.equal(one.driver.endpoint.stats.sessions, 2);
  await closeStations(lab, one, other, third, fourth);
});

test("options: no more sessions are answered than wanted", async () => {
  const { lab, one, other } = await twoStations(1, {}, { maxSessions: 0 });
  one.dial(other, [other.address], 5_000);
  await lab.advance(5_000);
  assert.equal(one.eventsOf("open-failed").length, 1);
  assert.equal(other.driver.endpoint.stats.sessions, 0);
  await closeStations(lab, one, other);
});

test("options: by default 65 536 sessions may be open", async (t) => {
  const { lab, one, other } = await twoStations(1);
  const size = t.mock.getter(SessionTable.prototype, "size", () => MAX_SESSIONS);
  other.dial(one, [one.address], 5_000);
  await lab.advance(5_000);
  assert.equal(other.eventsOf("open-failed").length, 1);
  size.mock.mockImplementation(() => MAX_SESSIONS - 1);
  const opening = other.dial(one);
  await lab.runUntil(() => other.sessionOf(opening) !== undefined, 5_000);
  size.mock.restore();
  await closeStations(lab, one, other);
});

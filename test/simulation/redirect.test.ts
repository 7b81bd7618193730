import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_CANDIDATES } from "../../protocol/params.ts";
import { type Address, type CandidateAddress, Origin } from "../../protocol/wire/address.ts";
import { Lab } from "../lab/index.ts";
import { eachSeed } from "../support/seeds.ts";
import { Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

/** Two stations that do not know where the other is, and one that tells everybody `destinations`. */
async function withRedirector(
  lab: Lab,
  destinations: readonly CandidateAddress[],
): Promise<[one: Station, other: Station, redirector: Station]> {
  const one = await new Station(lab.host("10.0.0.1", { also: ["2001:db8::1"] }).io, 0).listen(
    "10.0.0.1",
    1935,
  );
  const other = await new Station(lab.host("10.0.0.2").io, 1).listen("10.0.0.2", 1935);
  const redirector = await new Station(lab.host("10.0.0.3").io, 2).listen("10.0.0.3", 1935);
  const { driver } = redirector;
  redirector.onEvent = (event) => {
    if (event.type !== "hello") return;
    const { hello, link, from } = event;
    driver.turn((now) =>
      driver.endpoint.startupSender.redirect(link, from, hello.tag, destinations, now),
    );
  };
  return [one, other, redirector];
}

/** Where nobody can be. */
const nowhere: readonly CandidateAddress[] = [
  { ip: "0.0.0.0", port: 0, origin: Origin.unknown },
  ...["0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "::ffff:0.0.0.0"].map(
    (ip) => ({ ip, port: 1935, origin: Origin.unknown }),
  ),
];

const there: CandidateAddress = { ip: "10.0.0.2", port: 1935, origin: Origin.observed };

test("§3.5.1.4 a redirector tells where the far end is", async () => {
  await eachSeed(20, async (seed) => {
    const lab = new Lab({ seed, conditions: { loss: 0.2 } });
    const [one, other, redirector] = await withRedirector(lab, [there]);
    const opening = one.dial(other, [redirector.address]);
    await lab.runUntil(() => one.sessionOf(opening) !== undefined, 60_000);
    assert.deepEqual(one.session.destination, other.address);
    assert.equal(redirector.driver.endpoint.stats.sessions, 0);
    await closeStations(lab, one, other, redirector);
  });
});

test("§2.3.5 no destination means the redirector's own address", async () => {
  const lab = new Lab({ seed: 1 });
  const [one, other, redirector] = await withRedirector(lab, []);
  const asked: Address[] = [];
  lab.tap(({ fate, datagram }) => {
    if (fate === "sent" && datagram.from.ip === "10.0.0.1") asked.push(datagram.to);
  });
  one.dial(other, [redirector.address]);
  await lab.advance(3_000);
  assert.deepEqual(new Set(asked.map(({ ip }) => ip)), new Set(["10.0.0.3"]));
  await closeStations(lab, one, other, redirector);
});

test("§3.5.1.1.1 no more than 24 candidates, and never port 0", async () => {
  const lab = new Lab({ seed: 1 });
  const many = Array.from({ length: 60 }, (_, index) => ({
    ip: `10.1.0.${index}`,
    port: index % 2 === 0 ? 0 : 1935,
    origin: Origin.reported,
  }));
  const [one, other, redirector] = await withRedirector(lab, many);
  const asked = new Set<string>();
  lab.tap(({ fate, datagram: { from, to } }) => {
    if (fate !== "sent" || from.ip !== "10.0.0.1") return;
    assert.notEqual(to.port, 0);
    asked.add(to.ip);
  });
  one.dial(other, [redirector.address]);
  await lab.advance(30_000);
  assert.equal(asked.size, MAX_CANDIDATES);
  await closeStations(lab, one, other, redirector);
});

test("§3.5.1.1.1 a candidate that is named later takes the place of one that a Redirect told", async () => {
  const lab = new Lab({ seed: 1 });
  const nobody = Array.from({ length: 60 }, (_, index) => ({
    ip: `10.1.0.${index}`,
    port: 1935,
    origin: Origin.reported,
  }));
  const [one, other, redirector] = await withRedirector(lab, nobody);
  const opening = one.dial(other, [redirector.address]);
  await lab.advance(1_000);
  assert.equal(opening.addresses.length, MAX_CANDIDATES);
  const { driver } = one;
  driver.turn((now) => driver.endpoint.addCandidate(opening, other.address, now));
  assert.equal(opening.addresses.length, MAX_CANDIDATES);
  await lab.advance(1_000);
  assert.equal(one.sessions.length, 1);
  await closeStations(lab, one, other, redirector);
});

test('MonaServer2 says "no such peer" with the address 0.0.0.0:0, others with any port or nobody else', async () => {
  const lab = new Lab({ seed: 1 });
  const [one, other, redirector] = await withRedirector(lab, nowhere);
  await one.driver.bind({ ip: "2001:db8::1", port: 1935 });
  const asked = new Set<string>();
  lab.tap(({ datagram: { from, to } }) => {
    if (from.ip === "10.0.0.1" || from.ip === "2001:db8::1") asked.add(to.ip);
  });
  const opening = one.dial(other, [redirector.address], 10_000);
  await lab.advance(11_000);
  assert.deepEqual(asked, new Set([redirector.address.ip]));
  assert.equal(one.eventsOf("open-failed")[0]?.opening, opening);
  await closeStations(lab, one, other, redirector);
});

test("§3.5.1.1.1 a redirect with another tag, or without an opening session, is ignored", async () => {
  const lab = new Lab({ seed: 1 });
  const [one, other, redirector] = await withRedirector(lab, [there]);
  const asked = new Set<string>();
  lab.tap(({ fate, datagram: { from, to } }) => {
    if (fate === "sent" && from.ip === "10.0.0.1") asked.add(to.ip);
  });
  one.dial(other, [{ ip: "10.0.0.9", port: 1935 }]);
  const { driver } = redirector;
  driver.turn((now) =>
    driver.endpoint.startupSender.redirect(0, one.address, new Uint8Array(16), [there], now),
  );
  await lab.advance(1_000);
  assert.deepEqual(asked, new Set(["10.0.0.9"]));
  await closeStations(lab, one, other, redirector);
});

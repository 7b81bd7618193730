import assert from "node:assert/strict";
import { test } from "node:test";
import { compareBytes } from "../../protocol/bytes/compare.ts";
import { Origin } from "../../protocol/wire/address.ts";
import { Lab } from "../lab/index.ts";
import { eachSeed } from "../support/seeds.ts";
import { Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

/** Redirects those who ask for one of its far ends, if told to, and forwards their hellos. */
function introduce(introducer: Station, isRedirecting: boolean): void {
  const { driver } = introducer;
  introducer.onEvent = (event) => {
    if (event.type !== "hello") return;
    const { hello, link, from } = event;
    const wanted = introducer.sessions.find(
      ({ terms }) =>
        compareBytes(terms.farCertificate.canonicalDiscriminator, hello.endpointDiscriminator) ===
        0,
    );
    if (!wanted) return;
    const origin = Origin.observed;
    driver.turn((now) => {
      const destinations = [{ ...wanted.destination, origin }];
      if (isRedirecting)
        driver.endpoint.startupSender.redirect(link, from, hello.tag, destinations, now);
      wanted.forwardHello({ ...hello, replyAddress: { ...from, origin } });
    });
  };
}

/** Answers hellos that an introducer passes on. */
function answer(station: Station): void {
  const { driver } = station;
  station.onEvent = (event) => {
    if (event.type !== "forwarded-hello") return;
    driver.turn((now) => driver.endpoint.answerForwardedHello(event.hello, now));
  };
}

test("§2.3.3 a hello that is passed on with a discriminator that is none is counted", () => {
  const lab = new Lab({ seed: 1 });
  const { driver } = new Station(lab.host("10.0.0.1").io, 0);
  const replyAddress = { ip: "10.0.0.9", port: 1935, origin: Origin.observed };
  const hello = {
    endpointDiscriminator: Uint8Array.of(5, 1),
    replyAddress,
    tag: new Uint8Array(16),
  };
  driver.turn((now) => driver.endpoint.answerForwardedHello(hello, now));
  assert.equal(driver.endpoint.stats.malformed, 1);
});

/** Firewalls in front of both: nothing gets in from where nothing was sent to before. */
function firewalls(lab: Lab): void {
  const open = new Set<string>();
  lab.scriptLoss((_, from, to) => {
    open.add(`${from.ip} ${to.ip}`);
    return to.ip !== "10.0.0.3" && !open.has(`${to.ip} ${from.ip}`);
  });
}

async function introduced(lab: Lab, isRedirecting: boolean): Promise<[Station, Station, Station]> {
  const one = await new Station(lab.host("10.0.0.1").io, 0).listen("10.0.0.1", 1935);
  const other = await new Station(lab.host("10.0.0.2").io, 1).listen("10.0.0.2", 1935);
  const introducer = await new Station(lab.host("10.0.0.3").io, 2).listen("10.0.0.3", 1935);
  introduce(introducer, isRedirecting);
  answer(other);
  other.dial(introducer);
  await lab.runUntil(() => introducer.sessions.length === 1, 60_000);
  return [one, other, introducer];
}

test("§3.5.1.5 Figure 14: the responder answers a forwarded hello itself", async () => {
  await eachSeed(20, async (seed) => {
    const lab = new Lab({ seed, conditions: { loss: 0.2 } });
    const [one, other, introducer] = await introduced(lab, false);
    const opening = one.dial(other, [introducer.address]);
    await lab.runUntil(() => one.sessionOf(opening) !== undefined, 60_000);
    assert.deepEqual(one.session.destination, other.address);
    one.send(one.openFlow("hello"), "we were introduced");
    await lab.runUntil(() => other.messages.length === 1, 60_000);
    await closeStations(lab, one, other, introducer);
  });
});

test("§3.5.1.6 Figure 17: redirector and forwarder get both through their firewalls", async () => {
  await eachSeed(20, async (seed) => {
    const lab = new Lab({ seed, conditions: { delayMs: 20, jitterMs: 30 } });
    firewalls(lab);
    const [one, other, introducer] = await introduced(lab, true);
    const opening = one.dial(other, [introducer.address]);
    await lab.runUntil(() => one.sessionOf(opening) !== undefined, 10_000);
    assert.deepEqual(one.session.destination, other.address);
    await closeStations(lab, one, other, introducer);
  });
});

test("§3.5.1.5 without the redirect, a firewall keeps the answer out", async () => {
  const lab = new Lab({ seed: 1 });
  firewalls(lab);
  const [one, other, introducer] = await introduced(lab, false);
  const opening = one.dial(other, [introducer.address]);
  await lab.advance(20_000);
  assert.equal(one.sessionOf(opening), undefined);
  await closeStations(lab, one, other, introducer);
});

test("MonaServer2 forwards a hello once for each address, with one tag: each is answered", async () => {
  const lab = new Lab({ seed: 1 });
  const [one, other, introducer] = await introduced(lab, false);
  const { canonicalDiscriminator: endpointDiscriminator } = other.identity.certificate;
  const answered: number[] = [];
  lab.tap(({ fate, datagram: { from, to } }) => {
    if (fate === "sent" && from.ip === other.address.ip && to.ip === one.address.ip) {
      answered.push(to.port);
    }
  });
  const tag = new Uint8Array(16);
  introducer.driver.turn(() => {
    for (const port of [1_001, 1_002, 1_003]) {
      const replyAddress = { ip: one.address.ip, port, origin: Origin.observed };
      introducer.session.forwardHello({ endpointDiscriminator, replyAddress, tag });
    }
  });
  await lab.advance(1_000);
  assert.deepEqual(answered, [1_001, 1_002, 1_003]);
  await closeStations(lab, one, other, introducer);
});

test("§3.5.1.1.2 a forwarded hello for somebody else, or from where nobody can be, is not answered", async () => {
  const lab = new Lab({ seed: 1 });
  const [one, other, introducer] = await introduced(lab, false);
  const replyAddress = { ...one.address, origin: Origin.observed };
  const forOther = other.identity.certificate.canonicalDiscriminator;
  const forOne = one.identity.certificate.canonicalDiscriminator;
  const tag = new Uint8Array(16);
  const session = introducer.session;
  introducer.driver.turn(() => {
    session.forwardHello({ endpointDiscriminator: forOne, replyAddress, tag });
    for (const nobody of [
      { port: 0 },
      ...["0.0.0.0", "255.255.255.255", "224.0.0.1"].map((ip) => ({ ip })),
    ]) {
      const nowhere = { ...replyAddress, ...nobody };
      session.forwardHello({ endpointDiscriminator: forOther, replyAddress: nowhere, tag });
    }
  });
  let sent = 0;
  lab.tap(({ datagram: { from, to } }) => {
    if (from.ip === other.address.ip && to.ip !== introducer.address.ip) sent += 1;
  });
  await lab.advance(500);
  assert.equal(other.eventsOf("forwarded-hello").length, 5);
  assert.equal(sent, 0);
  await closeStations(lab, one, other, introducer);
});

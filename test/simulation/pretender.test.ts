import assert from "node:assert/strict";
import { test } from "node:test";
import { serverDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { createIdentity, type Identity } from "../../protocol/crypto/identity.ts";
import { MalformedError } from "../../protocol/errors.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { unsealStartup } from "../../protocol/session/startup-packet.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { readIHello } from "../../protocol/wire/chunks/ihello.ts";
import { writeRHello } from "../../protocol/wire/chunks/rhello.ts";
import { Lab } from "../lab/index.ts";
import { sealStartup } from "../support/seal-startup.ts";
import { Station } from "../support/station.ts";
import { closeStations, twoStations } from "../support/two-stations.ts";
import { stranger } from "../support/victim.ts";

/** Answers every hello with somebody else's certificate, and no keying, for which it lacks the keys. */
async function pretender(lab: Lab, { certificate }: Identity): Promise<Address> {
  const { io, ip } = lab.host("10.0.0.66");
  const link = await io.bind({ ip, port: 1935 }, (bytes, from) => {
    const { tag } = readIHelloIn(bytes) ?? {};
    if (!tag) return;
    const hello = { tagEcho: tag, cookie: tag, responderCertificate: certificate.bytes };
    link.send(
      sealStartup(stranger, 0, lab.now, (writer) => writeRHello(writer, hello)),
      from,
    );
  });
  return link.address;
}

function readIHelloIn(datagram: Uint8Array): ReturnType<typeof readIHello> | undefined {
  try {
    const [chunk] = unsealStartup(stranger, datagram);
    return chunk && readIHello(chunk.payload);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return undefined;
  }
}

/** Less than a failure takes: 95 s. */
const SOON_MS = 10_000;

test("§3.5.1.1.1 who answers in a server's name does not keep us from that server", async () => {
  const lab = new Lab({ seed: 1 });
  const options = { kind: "static", groups: [31], acceptsAncillary: true } as const;
  const identity = createIdentity(nodePrimitives, options);
  const one = await new Station(lab.host("10.0.0.1").io, 0).listen("10.0.0.1", 1935);
  const server = await new Station(lab.host("10.0.0.2").io, 1, { identity }).listen(
    "10.0.0.2",
    1935,
  );
  const liar = await pretender(lab, identity);
  one.driver.turn((now) => {
    one.driver.endpoint.open(serverDiscriminator("rtmfp://liar/"), [liar], now);
  });
  await lab.advance(1_000);
  const opening = one.dial(server);
  await lab.runUntil(() => one.sessionOf(opening) !== undefined, SOON_MS);
  assert.deepEqual(one.sessionOf(opening)?.destination, server.address);
  await closeStations(lab, one, server);
});

test("§3.5.1.3 who answers in a peer's name does not keep that peer from us", async () => {
  const { lab, one, other } = await twoStations(1);
  const isFirst = one.identity.certificate.prevailsOver(other.identity.certificate);
  const [dialed, dialing] = isFirst ? [one, other] : [other, one];
  const opening = dialed.dial(dialing, [await pretender(lab, dialing.identity)]);
  await lab.advance(1_000);
  dialing.dial(dialed);
  await lab.runUntil(() => dialing.sessions.length > 0, SOON_MS);
  await lab.advance(2_000);
  assert.deepEqual(dialed.sessionOf(opening)?.destination, dialing.address);
  assert.equal(
    dialed.sessions.length,
    2,
    "told of it once when it came, once as what was asked for",
  );
  await closeStations(lab, one, other);
});

test("§3.5.1.1.1 who answers first in a peer's name, and no keying, does not keep us from that peer", async () => {
  const { lab, one, other } = await twoStations(1);
  const liar = await pretender(lab, other.identity);
  lab.path(one.address.ip, liar.ip).set({ delayMs: 1 });
  lab.path(liar.ip, one.address.ip).set({ delayMs: 1 });
  const opening = one.dial(other, [liar, other.address]);
  await lab.runUntil(() => one.sessionOf(opening) !== undefined, SOON_MS);
  assert.deepEqual(one.sessionOf(opening)?.destination, other.address);
  assert.equal(one.driver.endpoint.stats.sessions, 1);
  one.send(one.openFlow("hello"), "found you");
  await lab.runUntil(() => other.messages.length === 1, 1_000);
  await closeStations(lab, one, other);
  assert.equal(one.driver.endpoint.stats.remembered, 0);
});

test("§3.5.1.1.1 where only liars answer, the opening fails in its time", async () => {
  const { lab, one, other } = await twoStations(1);
  const liar = await pretender(lab, other.identity);
  one.dial(other, [liar, { ip: "10.0.0.3", port: 1935 }]);
  await lab.advance(94_999);
  assert.deepEqual(one.eventsOf("open-failed"), []);
  await lab.advance(1);
  assert.equal(one.eventsOf("open-failed")[0]?.error.code, "TIMEOUT");
  assert.equal(one.driver.endpoint.stats.remembered, 0);
  await closeStations(lab, one, other);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { peerDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { ChunkType } from "../../protocol/wire/chunk.ts";
import { eachSeed } from "../support/seeds.ts";
import { pooledIdentity, type Station } from "../support/station.ts";
import { closeStations, type TwoStations, twoStations } from "../support/two-stations.ts";
import { onlyChunk, Victim } from "../support/victim.ts";

/** Both dial at once; answers when both dials were answered and all else has come to an end. */
async function dialAtOnce({ lab, one, other }: TwoStations): Promise<void> {
  const openings = [one.dial(other), other.dial(one)] as const;
  const isAnswered = (): boolean =>
    one.sessionOf(openings[0]) !== undefined && other.sessionOf(openings[1]) !== undefined;
  // A session that is not answered for 20 s is dead: luck is not bad for as long.
  await lab.advance(10_000);
  lab.setConditions({ loss: 0 });
  await lab.runUntil(isAnswered, 60_000);
  await lab.advance(40_000);
  const [near, far] = [one.sessionOf(openings[0]), other.sessionOf(openings[1])];
  assert.ok(near?.isOpen, "the session that answered the dial is open");
  assert.ok(far?.isOpen, "the session that answered the other dial is open");
  assert.equal(near.terms.nearSessionId, far.terms.farSessionId);
  assert.notEqual(near.terms.role, far.terms.role);
}

function assertOneSession(station: Station): void {
  assert.equal(station.driver.endpoint.stats.sessions, 1);
  assert.deepEqual(station.eventsOf("closed"), []);
  assert.equal(new Set(station.sessions).size, 1);
}

test("§3.5.1.3 both dial at once: one session, whatever of the first 6 packets is lost", async () => {
  for (let pattern = 0; pattern < 64; pattern += 1) {
    const stations = await twoStations(pattern + 1);
    const { lab, one, other } = stations;
    lab.scriptLoss((index) => index < 6 && (pattern & (1 << index)) !== 0);
    try {
      await dialAtOnce(stations);
      assertOneSession(one);
      assertOneSession(other);
    } catch (error) {
      if (error instanceof Error) error.message = `pattern ${pattern}: ${error.message}`;
      throw error;
    }
    await closeStations(lab, one, other);
  }
});

test("§3.5.1.3 both dial at once over a network that loses, doubles and reorders", async () => {
  await eachSeed(100, async (seed) => {
    const conditions = { delayMs: 40, jitterMs: 60, loss: 0.2, duplicate: 0.2, reorder: 0.3 };
    const stations = await twoStations(seed, { ...conditions, reorderMs: 150 });
    await dialAtOnce(stations);
    await closeStations(stations.lab, stations.one, stations.other);
  });
});

test("§3.5.1.3 who has sent no keying yet answers the far end's, whoever prevails", () => {
  const prevailing: boolean[] = [];
  for (const index of [2, 3, 4, 5, 6, 7]) {
    const far = createFlashCrypto(nodePrimitives, pooledIdentity(index));
    const here = { ip: "192.0.2.1", port: 1935 };
    const victim = new Victim();
    const near = far.readCertificate(victim.certificate);
    prevailing.push(near.prevailsOver(far.certificate));
    const discriminator = peerDiscriminator(far.certificate.fingerprint);
    const opening = victim.endpoint.open(discriminator, [here], 0);
    assert.equal(onlyChunk(victim.poll()).type, ChunkType.ihello);
    const keying = {
      cookieEcho: victim.cookieFor(here),
      initiatorSessionId: 7,
      initiatorCertificate: far.certificate.bytes,
      sessionKeyInitiatorComponent: far.initiate(near).component,
    };
    assert.equal(onlyChunk(victim.key(here, keying)).type, ChunkType.rikeying);
    assert.equal(opening.state, "DONE");
    assert.equal(victim.session.terms.role, "responder");
  }
  assert.deepEqual(new Set(prevailing), new Set([true, false]), "either of the two prevails");
});

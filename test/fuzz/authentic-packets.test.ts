import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_RECV_FLOWS, MAX_SEND_FLOWS } from "../../protocol/params.ts";
import type { Session } from "../../protocol/session/session.ts";
import { Prng } from "../lab/index.ts";
import { fuzz } from "../support/fuzzing.ts";
import { damagingCrypto } from "../support/mutation.ts";
import { Station } from "../support/station.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

/** Whatever a far end with good keys and bad manners says, these do not grow. */
function assertBounded(session: Session): void {
  assert.ok(session.receiving.size <= MAX_RECV_FLOWS);
  assert.ok(session.sending.size <= MAX_SEND_FLOWS);
  assert.ok(session.sending.outstandingBytes >= 0);
}

/** A far end that damages one packet in three before it seals it. */
async function vandal(lab: Parameters<typeof closeStations>[0], seed: number): Promise<Station> {
  const random = new Prng(seed, "vandal");
  const host = lab.host("10.0.0.66");
  const station = new Station(host.io, 2, {
    wrapCrypto: (crypto) => damagingCrypto(crypto, random, 0.3),
  });
  return station.listen(host.ip, 1935);
}

async function round(seed: number): Promise<void> {
  const { lab, one, other } = await connectedStations(seed, { loss: 0.02 });
  const far = await vandal(lab, seed);
  const { random } = lab;
  const flow = one.openFlow("healthy");
  const sent: string[] = [];
  const healthy = one.session;
  for (let step = 0; step < 60; step += 1) {
    if (!far.sessions.at(-1)?.isOpen && step % 5 === 0) {
      if (random.chance(0.5)) far.dial(one);
      else one.dial(far);
    }
    for (const session of [...far.sessions, ...one.sessions]) {
      if (session === healthy || !session.isOpen) continue;
      const { driver } = far.sessions.includes(session) ? far : one;
      driver.turn((now) => {
        const metadata = random.bytes(random.below(10));
        const priority = random.below(8);
        const theirs = session.openFlow({ metadata, priority });
        const deadlineMs = random.chance(0.5) ? random.below(300) : undefined;
        theirs.send(random.bytes(random.below(4_000)), { deadlineMs }, now);
        if (random.chance(0.3)) theirs.close();
      });
      assertBounded(session);
    }
    sent.push(`${step} ${"x".repeat(random.below(2_000))}`);
    one.driver.turn((now) => flow.send(new TextEncoder().encode(sent.at(-1) ?? ""), {}, now));
    await lab.advance(random.below(400));
  }
  await lab.runUntil(() => flow.queuedBytes === 0, 30_000);
  assert.deepEqual(other.texts, sent);
  assert.ok(healthy.isOpen);
  assert.ok(
    one.driver.endpoint.stats.sessions <= 4,
    `${one.driver.endpoint.stats.sessions} sessions`,
  );
  await closeStations(lab, one, other, far);
}

test("an endpoint whose far end sends damaged packets under good keys", async (context) => {
  context.diagnostic(await fuzz(round));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_RECV_FLOWS, MAX_SEND_FLOWS } from "../../protocol/params.ts";
import type { Session } from "../../protocol/session/session.ts";
import { type Lab, Prng } from "../lab/index.ts";
import { fuzz } from "../support/fuzzing.ts";
import { LongNumbers } from "../support/long-numbers.ts";
import { type Alter, alteringCrypto, mutated } from "../support/mutation.ts";
import { randomChunks } from "../support/random-chunks.ts";
import { Station, type StationOptions } from "../support/station.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

/** Whatever a far end with good keys and bad manners says, these do not grow. */
function assertBounded(session: Session): void {
  assert.ok(session.receiving.size <= MAX_RECV_FLOWS);
  assert.ok(session.sending.size <= MAX_SEND_FLOWS);
  assert.ok(session.sending.outstandingBytes >= 0);
}

/** A far end that alters its packets before it seals them. */
async function vandal(lab: Lab, numbers: LongNumbers, alter: Alter): Promise<Station> {
  const host = lab.host("10.0.0.66");
  const wrapCrypto: StationOptions["wrapCrypto"] = (crypto) =>
    alteringCrypto(numbers.wrap(crypto), alter);
  return new Station(host.io, 2, { wrapCrypto }).listen(host.ip, 1935);
}

async function round(seed: number, alter: Alter): Promise<void> {
  const numbers = new LongNumbers();
  const wrapCrypto = numbers.wrap.bind(numbers);
  const { lab, one, other } = await connectedStations(seed, { loss: 0.02 }, { wrapCrypto });
  const far = await vandal(lab, numbers, alter);
  const { random } = lab;
  const flow = one.openFlow("healthy");
  const sent: string[] = [];
  const healthy = one.session;
  for (let step = 0; step < 60; step += 1) {
    // As if millions of packets had been sent.
    numbers.moreBytes = Math.floor(step / 15);
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
  await closeStations(lab, far);
  await lab.advance(120_000);
  assert.equal(one.driver.endpoint.stats.sessions, 1, "nothing is left of the others");
  await closeStations(lab, one, other);
}

test("an endpoint whose far end sends damaged packets under good keys", async (context) => {
  const run = (seed: number): Promise<void> => {
    const random = new Prng(seed, "vandal");
    return round(seed, (packet) => (random.chance(0.3) ? mutated(packet, random) : undefined));
  };
  context.diagnostic(await fuzz(run));
});

test("an endpoint whose far end says well-formed nonsense under good keys", async (context) => {
  const run = (seed: number): Promise<void> => {
    const random = new Prng(seed, "vandal");
    const isSession = (packet: Uint8Array): boolean => ((packet[0] ?? 0) & 3) !== 3;
    return round(seed, (packet) =>
      isSession(packet) && random.chance(0.5) ? randomChunks(packet, random) : undefined,
    );
  };
  context.diagnostic(await fuzz(run));
});

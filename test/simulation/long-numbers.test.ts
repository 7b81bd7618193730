import assert from "node:assert/strict";
import { test } from "node:test";
import type { Link } from "../../protocol/io.ts";
import { ticks } from "../../protocol/session/round-trip.ts";
import type { Session } from "../../protocol/session/session.ts";
import { writePing } from "../../protocol/wire/chunks/ping.ts";
import { PacketMode, writePacketHeader } from "../../protocol/wire/packet.ts";
import type { Lab } from "../lab/index.ts";
import { LongNumbers } from "../support/long-numbers.ts";
import { eachSeed } from "../support/seeds.ts";
import type { Station } from "../support/station.ts";
import { closeStations, connectedStations, type TwoStations } from "../support/two-stations.ts";

/** Packet 2^21 is the first one with a session sequence number of four bytes. */
const MORE_BYTES = 3;
/** As far as a Ping can be from fitting into the reply's packet, and fitting with room to spare. */
const LENGTHS = Array.from({ length: 40 }, (_, index) => 1_140 + index);

interface LongLived extends TwoStations {
  readonly numbers: LongNumbers;
}

async function stations(seed: number): Promise<LongLived> {
  const numbers = new LongNumbers();
  const wrapCrypto = numbers.wrap.bind(numbers);
  return { ...(await connectedStations(seed, {}, { wrapCrypto })), numbers };
}

/** A packet of `session` with a Ping of so many bytes, as no end of ours sends it. */
function pingOf({ terms }: Session, length: number, now: number): Uint8Array {
  const writer = terms.keys.cipher.begin(1_400);
  writePacketHeader(writer, {
    mode: PacketMode[terms.role],
    timeCritical: false,
    timeCriticalReverse: false,
    timestampTicks: ticks(now),
    timestampEchoTicks: undefined,
  });
  writePing(writer, new Uint8Array(length));
  return terms.keys.cipher.seal(terms.farSessionId);
}

/** How many datagrams `other` sends within a second of each Ping that comes over `link`. */
async function replies(
  lab: Lab,
  one: Station,
  other: Station,
  link: Link,
  lengths: readonly number[],
): Promise<number[]> {
  const counts: number[] = [];
  for (const length of lengths) {
    const before = other.session.stats.sentPackets;
    link.send(pingOf(one.session, length, lab.now), other.address);
    await lab.advance(1_500);
    counts.push(other.session.stats.sentPackets - before);
  }
  return counts;
}

test("§2.3.9 a long session: no Ping from elsewhere has a reply that breaks its packet", async () => {
  const { lab, one, other, numbers } = await stations(1);
  const host = lab.host("10.0.0.3");
  const link = await host.io.bind({ ip: host.ip, port: 1935 }, () => undefined);
  for (const moreBytes of [0, 1, 2, MORE_BYTES]) {
    numbers.moreBytes = moreBytes;
    const counts = await replies(lab, one, other, link, LENGTHS);
    assert.ok(
      counts.some((count) => count > 0),
      "the shorter are answered",
    );
    assert.ok(one.session.isOpen && other.session.isOpen);
  }
  await link.close();
  await closeStations(lab, one, other);
});

test("§2.3.9 a long session: a Ping with a reply that is too long keeps nothing waiting", async () => {
  const { lab, one, other, numbers } = await stations(1);
  const send = (length: number): void => {
    other.driver.turn((now) => {
      const bytes = pingOf(one.session, length, now);
      other.driver.endpoint.receive([{ bytes, path: other.session.path }], now);
    });
  };
  for (const moreBytes of [0, 1, 2, MORE_BYTES]) {
    numbers.moreBytes = moreBytes;
    for (const length of LENGTHS) {
      send(length);
      await lab.advance(10);
      const before = other.session.stats.sentPackets;
      send(8);
      await lab.advance(10);
      assert.ok(other.session.stats.sentPackets > before, `${moreBytes} more, ${length} bytes`);
    }
  }
  await closeStations(lab, one, other);
});

test("§3.6.2.3 a long session: what was cut into fragments before fits all the same", async () => {
  await eachSeed(5, async (seed) => {
    const { lab, one, other, numbers } = await stations(seed);
    lab.setConditions({ loss: 0.2 });
    const flow = one.openFlow("long");
    const sent = Array.from({ length: 60 }, (_, index) => "x".repeat(1_100 + index * 40));
    for (const [index, text] of sent.entries()) {
      one.send(flow, text);
      if (index % 20 === 0) numbers.moreBytes += 1;
    }
    numbers.moreBytes = 4;
    await lab.runUntil(() => flow.queuedBytes === 0, 60_000);
    assert.deepEqual(other.texts, sent);
    await closeStations(lab, one, other);
  });
});

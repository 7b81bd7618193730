import assert from "node:assert/strict";
import { test } from "node:test";
import { unscrambleSessionId } from "../../protocol/crypto/session-id.ts";
import { MAX_EARLY_PACKETS } from "../../protocol/params.ts";
import { closeStations, type TwoStations, twoStations } from "../support/two-stations.ts";

/** `other` speaks as soon as `one` has opened a session, and the RIKeying is lost at first, `losses` times. */
async function overtaken(
  { lab, one, other }: TwoStations,
  messages: number,
  losses = 1,
): Promise<void> {
  other.onEvent = (event) => {
    if (event.type !== "session") return;
    const flow = other.openFlow("welcome");
    for (let count = 1; count <= messages; count += 1) other.send(flow, `${count}`);
  };
  let lost = 0;
  lab.scriptLoss((_, from, __, bytes) => {
    const isInSession = from.ip === other.address.ip && unscrambleSessionId(bytes) !== 0;
    const isRIKeying = isInSession && bytes.length === 132;
    if (!isRIKeying || lost >= losses) return false;
    lost += 1;
    return true;
  });
  one.dial(other);
  await lab.runUntil(() => one.sessions.length > 0, 10_000);
}

test("§3.5.1.1.1 packets that overtake the RIKeying are read when it has come", async () => {
  const stations = await twoStations(1);
  const { lab, one, other } = stations;
  await overtaken(stations, 3);
  assert.deepEqual(one.texts, ["1", "2", "3"], "at once, without a retransmission");
  assert.equal(one.driver.endpoint.stats.malformed, 0);
  await closeStations(lab, one, other);
});

test("§3.5.2.2 that they waited to be read makes no round trip longer", async () => {
  const stations = await twoStations(1);
  const { lab, one, other } = stations;
  await overtaken(stations, 3, 2);
  assert.ok(lab.now > 3_000, `${lab.now} ms`);
  other.send(other.openFlow("more"), "4");
  await lab.advance(100);
  const { roundTripMs = Number.POSITIVE_INFINITY } = other.session;
  assert.ok(roundTripMs < 30, `${roundTripMs} ms`);
  await closeStations(lab, one, other);
});

test("§3.5.1.1.1 no more of them are kept than there is a limit for", async () => {
  const stations = await twoStations(1);
  const { lab, one, other } = stations;
  lab.scriptLoss(undefined);
  await overtaken(stations, 3);
  const opening = one.dial(other, [{ ip: "10.9.9.9", port: 1935 }]);
  for (let count = 0; count < MAX_EARLY_PACKETS * 3; count += 1) {
    const bytes = new Uint8Array(count);
    opening.keepEarlyPacket({ bytes, path: { link: 0, address: other.address } });
  }
  assert.equal(opening.earlyPackets.length, MAX_EARLY_PACKETS);
  await closeStations(lab, one, other);
});

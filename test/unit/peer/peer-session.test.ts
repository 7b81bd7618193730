import assert from "node:assert/strict";
import { test } from "node:test";
import { type PathPlaces, PeerSession } from "../../../peer/sessions/peer-session.ts";
import { fromHex } from "../../../protocol/bytes/hex.ts";
import { connectedStations } from "../../support/tc-station.ts";

test("librtmfp takes `play` only on streams that are numbered as Flash Player does: 2 000 000 + n", async () => {
  const { lab, near, far } = await connectedStations();
  const metadata: Uint8Array[] = [];
  far.accept = () => true;
  far.onFlow = (flow) => metadata.push(flow.metadata);
  const session = new PeerSession(near.router, (change) => near.turn(change), NO_PLACES);
  const handler = { onStatus: () => {}, onMessage: () => {}, onEnd: () => {} };
  for (let plays = 0; plays < 128; plays += 1) {
    const { close } = session.subscribe("cam", handler);
    await lab.runUntil(() => metadata.length === plays + 1, 1_000);
    close();
  }
  const expected = (n: string): Uint8Array => fromHex(`544304fa89${n}`);
  assert.deepEqual(metadata.slice(0, 2), [expected("01"), expected("02")]);
  assert.deepEqual(metadata.slice(126), [expected("7f"), expected("01")]);
  await lab.complete(Promise.all([near.driver.close(), far.driver.close()]), 10_000);
});

test("§2.3.9 ping: the round trip over the session's path; lost, given up, or closed", async () => {
  const { lab, near, far } = await connectedStations();
  const session = new PeerSession(near.router, (change) => near.turn(change), NO_PLACES);
  const [one, other] = await lab.complete(Promise.all([session.ping(), session.ping()]), 1_000);
  assert.equal(Math.round(one), 20);
  assert.equal(Math.round(other), 20);
  const stop = new AbortController();
  const given = session.ping({ signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(given, /enough/);
  lab.setConditions({ loss: 1 });
  await assert.rejects(lab.complete(session.ping(), 6_000), { code: "TIMEOUT" });
  lab.setConditions({ loss: 0 });
  const last = session.ping();
  session.close();
  await assert.rejects(last, { code: "CLOSED" });
  await assert.rejects(session.ping(), { code: "CLOSED" });
  await lab.complete(Promise.all([near.driver.close(), far.driver.close()]), 10_000);
});

const NO_PLACES: PathPlaces = {
  tcpAddress: () => undefined,
  localAddress: () => undefined,
  directWay: () => "direct",
};

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lab } from "../lab/index.ts";
import { Outlet } from "../support/outlet.ts";
import { Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

test("§3.5.1.2 an initiator whose address changes before its IIKeying gets a new cookie", async () => {
  const lab = new Lab({ seed: 1 });
  const outlet = new Outlet(lab.host("10.0.0.1").io);
  const one = await new Station(outlet.io, 0).listen("10.0.0.1", 1935);
  const other = await new Station(lab.host("10.0.0.2").io, 1).listen("10.0.0.2", 1935);
  const opening = one.dial(other);
  await lab.advance(15);
  await outlet.move({ ip: "10.0.0.1", port: 2000 });
  await lab.advance(65);
  assert.ok(one.sessionOf(opening)?.isOpen, "open three round trips after the first hello");
  assert.deepEqual(other.session.destination, { ip: "10.0.0.1", port: 2000 });
  assert.equal(other.sessions.length, 1);
  one.send(one.openFlow("hello"), "from elsewhere");
  await lab.runUntil(() => other.messages.length === 1, 1_000);
  await closeStations(lab, one, other);
});

test("§3.5.1.2 it survives the loss of any of the packets", async () => {
  for (let pattern = 0; pattern < 64; pattern += 1) {
    const lab = new Lab({ seed: pattern });
    const outlet = new Outlet(lab.host("10.0.0.1").io);
    const one = await new Station(outlet.io, 0).listen("10.0.0.1", 1935);
    const other = await new Station(lab.host("10.0.0.2").io, 1).listen("10.0.0.2", 1935);
    lab.scriptLoss((index) => index > 1 && index < 8 && (pattern & (1 << (index - 2))) !== 0);
    one.dial(other);
    await lab.advance(15);
    await outlet.move({ ip: "10.0.0.1", port: 2000 });
    await lab.runUntil(() => one.sessions.length > 0, 60_000);
    assert.equal(other.session.destination.port, 2000, `pattern ${pattern}`);
    await closeStations(lab, one, other);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { compareBytes } from "../../protocol/bytes/compare.ts";
import { type Chunk, ChunkType } from "../../protocol/wire/chunk.ts";
import { readCookieChange } from "../../protocol/wire/chunks/cookie-change.ts";
import { readIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { Lab } from "../lab/index.ts";
import { Outlet } from "../support/outlet.ts";
import { startupChunks } from "../support/startup-chunks.ts";
import { Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

/** What the first IIKeying that was answered echoed is a cookie that a Cookie Change had brought. */
function assertChanged(heard: readonly Chunk[], what?: string): void {
  let given: Uint8Array | undefined;
  let isEchoed = false;
  for (const { type, payload } of heard) {
    if (type === ChunkType.cookieChange) given = readCookieChange(payload).newCookie;
    if (type === ChunkType.iikeying && given) {
      isEchoed ||= compareBytes(readIIKeying(payload).cookieEcho, given) === 0;
    }
    if (type === ChunkType.rikeying) assert.ok(isEchoed, what);
  }
  assert.ok(isEchoed, what);
}

test("§3.5.1.2 an initiator whose address changes before its IIKeying gets a new cookie", async () => {
  const lab = new Lab({ seed: 1 });
  const outlet = new Outlet(lab.host("10.0.0.1").io);
  const one = await new Station(outlet.io, 0).listen("10.0.0.1", 1935);
  const other = await new Station(lab.host("10.0.0.2").io, 1).listen("10.0.0.2", 1935);
  const heard = startupChunks(lab);
  const opening = one.dial(other);
  await lab.advance(15);
  await outlet.move({ ip: "10.0.0.1", port: 2000 });
  await lab.advance(65);
  assert.ok(one.sessionOf(opening)?.isOpen, "open three round trips after the first hello");
  assert.deepEqual(other.session.destination, { ip: "10.0.0.1", port: 2000 });
  assert.equal(other.sessions.length, 1);
  assertChanged(heard);
  const kinds = heard.map(({ type }) => type);
  const { ihello, rhello, iikeying, cookieChange, rikeying } = ChunkType;
  assert.deepEqual(kinds, [ihello, rhello, iikeying, cookieChange, iikeying, rikeying]);
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
    const heard = startupChunks(lab);
    one.dial(other);
    await lab.advance(15);
    await outlet.move({ ip: "10.0.0.1", port: 2000 });
    await lab.runUntil(() => one.sessions.length > 0, 60_000);
    assert.equal(other.session.destination.port, 2000, `pattern ${pattern}`);
    assertChanged(heard, `pattern ${pattern}`);
    await closeStations(lab, one, other);
  }
});

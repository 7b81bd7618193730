/** Far ends of the Flash kind and strict ones, at the same time, at one endpoint. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Reader } from "../../protocol/bytes/reader.ts";
import { createIdentity, type Identity } from "../../protocol/crypto/identity.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { ChunkType, readChunk } from "../../protocol/wire/chunk.ts";
import { readAckRanges } from "../../protocol/wire/chunks/acknowledgement.ts";
import { PacketMode, readPacketHeader } from "../../protocol/wire/packet.ts";
import { Lab } from "../lab/index.ts";
import { type Alter, alteringCrypto } from "../support/mutation.ts";
import { Station, type StationOptions } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

function identity(groups: readonly number[]): Identity {
  return createIdentity(nodePrimitives, { kind: "static", groups });
}

const server = identity([31, 2]);
const flash: StationOptions = { identity: identity([2]), crypto: { compat: "flash" } };
const strict: StationOptions = { identity: identity([31]) };

interface Meeting {
  readonly lab: Lab;
  readonly server: Station;
  readonly far: Station;
}

/** A server that `far` has opened a session with; packets of both can be altered, or watched. */
async function meeting(
  far: StationOptions,
  alterFar: Alter = () => undefined,
  alterServer: Alter = () => undefined,
): Promise<Meeting> {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 20 } });
  const add = (host: number, options: StationOptions, alter: Alter): Promise<Station> => {
    const { io, ip } = lab.host(`10.0.0.${host}`);
    const wrapCrypto: StationOptions["wrapCrypto"] = (crypto) => alteringCrypto(crypto, alter);
    return new Station(io, host, { ...options, wrapCrypto }).listen(ip, 1935);
  };
  const stations = {
    server: await add(1, { identity: server }, alterServer),
    far: await add(2, far, alterFar),
  };
  await dial(lab, stations.far, stations.server);
  return { lab, ...stations };
}

async function dial(lab: Lab, from: Station, to: Station): Promise<void> {
  const count = to.sessions.length;
  from.dial(to);
  await lab.runUntil(() => from.sessions.length > 0 && to.sessions.length > count, 5_000);
}

/** Sets time critical flags in every packet of a session. */
function withFlags(flags: number): Alter {
  return (packet) => {
    const isStartup = ((packet[0] ?? 0) & 0x03) === PacketMode.startup;
    return isStartup ? undefined : packet.map((byte, at) => (at === 0 ? byte | flags : byte));
  };
}

test("what a far end is shows in its handshake, and holds for its session alone", async () => {
  const { lab, server, far } = await meeting(flash);
  const another = await new Station(lab.host("10.0.0.3").io, 3, strict).listen("10.0.0.3", 1935);
  await dial(lab, another, server);
  assert.deepEqual(
    server.sessions.map(({ terms }) => terms.keys.compat),
    ["flash", undefined],
  );
  for (const { sending, receiving } of [far.session, ...server.sessions.slice(0, 1)]) {
    assert.deepEqual([sending.compat, receiving.compat], ["flash", "flash"]);
  }
  assert.equal(another.session.terms.keys.compat, undefined);
  for (const station of [far, another]) station.send(station.openFlow("f"), "hello");
  await lab.runUntil(() => server.texts.length === 2, 1_000);
  await closeStations(lab, server, far, another);
});

test("librtmfp marks every packet as time critical: other sessions are not told so", async () => {
  for (const [kind, isBelieved] of [
    [flash, false],
    [strict, true],
  ] as const) {
    let isTold = false;
    const watch: Alter = (packet) => {
      isTold ||= readPacketHeader(new Reader(packet)).timeCriticalReverse;
      return undefined;
    };
    const { lab, server, far } = await meeting(kind, withFlags(0x80), watch);
    const another = await new Station(lab.host("10.0.0.3").io, 3, {
      identity: identity([31]),
    }).listen("10.0.0.3", 1935);
    await dial(lab, another, server);
    const flow = another.openFlow("f");
    far.send(far.openFlow("f"), "hello");
    another.send(flow, "hello");
    await lab.runUntil(() => server.texts.length === 2, 1_000);
    assert.equal(isTold, isBelieved);
    await closeStations(lab, server, far, another);
  }
});

test("MonaServer marks every packet as time critical reverse: its sessions are not slowed down", async () => {
  const slow = await bulkMs(strict);
  assert.ok((await bulkMs(flash)) < slow / 2, "strict far ends are believed");
});

/** How long a megabyte takes to a far end that always sets the reverse flag. */
async function bulkMs(kind: StationOptions): Promise<number> {
  const { lab, server, far } = await meeting(kind, withFlags(0x40));
  const flow = server.openFlow("bulk", { priority: 0 });
  const startedAt = lab.now;
  for (let count = 0; count < 10; count += 1) server.send(flow, "x".repeat(100_000));
  await lab.runUntil(() => far.texts.length === 10, 60_000);
  const elapsed = lab.now - startedAt;
  await closeStations(lab, server, far);
  return elapsed;
}

test("librtmfp and MonaServer2 end the session at a window of 0: the server's session tells none", async () => {
  for (const [kind, smallest] of [
    [flash, 1_024],
    [strict, 0],
  ] as const) {
    const windows: number[] = [];
    const watch: Alter = (packet) => {
      const reader = new Reader(packet);
      readPacketHeader(reader);
      for (let chunk = readChunk(packet, reader); chunk; chunk = readChunk(packet, reader)) {
        if (chunk.type === ChunkType.ackRanges) {
          windows.push(readAckRanges(chunk.payload).bufferBytes);
        }
      }
      return undefined;
    };
    const { lab, server, far } = await meeting(kind, undefined, watch);
    server.bufferBytes = 4_096;
    server.onEvent = (event) => {
      if (event.type === "flow") event.flow.pause();
    };
    const flow = far.openFlow("bulk");
    far.send(flow, "x".repeat(20_000));
    await lab.advance(5_000);
    assert.equal(Math.min(...windows), smallest);
    assert.ok(flow.queuedBytes > 0 && far.session.isOpen && server.session.isOpen);
    await closeStations(lab, server, far);
  }
});

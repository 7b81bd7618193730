/** Far ends of the Flash kind and strict ones, at the same time, at one endpoint. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareBytes } from "../../protocol/bytes/compare.ts";
import { toHex } from "../../protocol/bytes/hex.ts";
import { Reader } from "../../protocol/bytes/reader.ts";
import type { Certificate, Crypto } from "../../protocol/crypto/crypto.ts";
import { createIdentity, type Identity } from "../../protocol/crypto/identity.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { ChunkType, readChunk } from "../../protocol/wire/chunk.ts";
import { readAckRanges } from "../../protocol/wire/chunks/acknowledgement.ts";
import { readIHello } from "../../protocol/wire/chunks/ihello.ts";
import { readIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { readRHello } from "../../protocol/wire/chunks/rhello.ts";
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

/** An unknown chunk makes it drop the rest of the packet; a Buffer Probe makes it close. */
const LIBRTMFP_KNOWS: ReadonlySet<number> = new Set([
  ChunkType.ping,
  ChunkType.pingReply,
  ChunkType.sessionCloseRequest,
  ChunkType.sessionCloseAck,
  ChunkType.fihello,
  ChunkType.userData,
  ChunkType.nextUserData,
  ChunkType.ackBitmap,
  ChunkType.ackRanges,
  ChunkType.flowException,
]);

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

test("librtmfp reads only packets with a timestamp and the right mode, and of those only chunks it knows", async () => {
  const types = new Set<number>();
  const watchAs = (mode: PacketMode): Alter => {
    return (packet) => {
      const reader = new Reader(packet);
      const header = readPacketHeader(reader);
      assert.notEqual(header.timestampTicks, undefined);
      if (header.mode === PacketMode.startup) return undefined;
      assert.equal(header.mode, mode);
      for (let chunk = readChunk(packet, reader); chunk; chunk = readChunk(packet, reader)) {
        types.add(chunk.type);
      }
      return undefined;
    };
  };
  const watches = [watchAs(PacketMode.initiator), watchAs(PacketMode.responder)] as const;
  const { lab, server, far } = await meeting(flash, ...watches);
  lab.setConditions({ loss: 0.2, reorder: 0.2, reorderMs: 40 });
  server.accepts = ({ metadata }) => metadata.length > 1;
  for (const name of ["bulk", "-"]) far.send(far.openFlow(name), "x".repeat(50_000));
  const bulk = server.openFlow("bulk");
  for (const length of [50_000, 10, 10]) server.send(bulk, "x".repeat(length));
  await lab.advance(60_000);
  assert.deepEqual([server.texts.length, far.texts.length], [1, 3]);
  await closeStations(lab, server, far);
  assert.ok(types.size >= 8, "of all kinds");
  for (const type of types) assert.ok(LIBRTMFP_KNOWS.has(type), `chunk type ${type}`);
});

test("librtmfp and MonaServer follow any packet of the session: none leaves by another socket", async () => {
  const { lab, server, far } = await meeting(flash);
  const ports = new Set<number>();
  await far.listen(far.address.ip, 1936);
  lab.tap(({ datagram: { from } }) => from.ip === far.address.ip && ports.add(from.port));
  const flow = far.openFlow("f");
  for (let count = 0; count < 60; count += 1) {
    far.send(flow, "hello");
    await lab.advance(1_000);
  }
  assert.equal(server.texts.length, 60);
  assert.deepEqual(ports, new Set([1_935]));
  await closeStations(lab, server, far);
});

test("MonaServer2 keeps a session's number in its cookie, and reads tags of 16 bytes: both come back", async () => {
  const seen: { tags: string[]; cookies: string[] } = { tags: [], cookies: [] };
  const watch: Alter = (packet) => {
    const reader = new Reader(packet);
    if (readPacketHeader(reader).mode !== PacketMode.startup) return undefined;
    const chunk = readChunk(packet, reader);
    if (chunk?.type === ChunkType.ihello) seen.tags.push(toHex(readIHello(chunk.payload).tag));
    if (chunk?.type === ChunkType.rhello) {
      const { tagEcho, cookie } = readRHello(chunk.payload);
      seen.tags.push(toHex(tagEcho));
      seen.cookies.push(toHex(cookie));
    }
    if (chunk?.type === ChunkType.iikeying) {
      seen.cookies.push(toHex(readIIKeying(chunk.payload).cookieEcho));
    }
    return undefined;
  };
  const { lab, server, far } = await meeting(flash, watch, watch);
  const { tags, cookies } = seen;
  assert.deepEqual([tags.length, new Set(tags).size, tags[0]?.length], [2, 1, 32]);
  assert.deepEqual([cookies.length, new Set(cookies).size], [2, 1]);
  await closeStations(lab, server, far);
});

test("§4.3.6 on glare librtmfp insists if its peer ID is the larger one: one session, either way", async () => {
  const [smaller, larger] = disagreement();
  for (const [ours, theirs] of [
    [smaller, larger],
    [larger, smaller],
  ] as const) {
    const lab = new Lab({ seed: 1, conditions: { delayMs: 50 } });
    const near = await glaring(lab, 1, ours);
    const far = await glaring(lab, 2, theirs, (certificate, other) => {
      return toHex(certificate.fingerprint) > toHex(other.fingerprint);
    });
    const openings = [near.dial(far), far.dial(near)] as const;
    await lab.advance(4_000);
    assert.ok(near.sessionOf(openings[0])?.isOpen && far.sessionOf(openings[1])?.isOpen);
    const insists = ours === larger ? near : far;
    assert.equal(insists.session.terms.role, "initiator");
    assert.equal(new Set([...near.sessions, ...far.sessions]).size, 2);
    await closeStations(lab, near, far);
  }
});

/** The smaller certificate would insist by the RFC, the larger peer ID does with librtmfp. */
function disagreement(): [Identity, Identity] {
  for (;;) {
    const [one, other] = [identity([2]), identity([2])];
    const [near, far] = [one.certificate, other.certificate];
    const isSmaller = compareBytes(near.bytes, far.bytes) < 0;
    if (isSmaller && compareBytes(near.fingerprint, far.fingerprint) < 0) return [one, other];
  }
}

async function glaring(
  lab: Lab,
  host: number,
  identity: Identity,
  prevails?: (near: Certificate, far: Certificate) => boolean,
): Promise<Station> {
  const { io, ip } = lab.host(`10.0.0.${host}`);
  const wrapCrypto = (crypto: Crypto): Crypto => {
    const inner = alteringCrypto(crypto, () => undefined);
    if (!prevails) return inner;
    const value = (far: Certificate): boolean => prevails(crypto.certificate, far);
    const prevailsOver = { value };
    return { ...inner, certificate: Object.create(crypto.certificate, { prevailsOver }) };
  };
  const crypto = { compat: "flash" } as const;
  return new Station(io, host, { identity, crypto, wrapCrypto }).listen(ip, 1935);
}

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

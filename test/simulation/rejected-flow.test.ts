import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "../../protocol/bytes/hex.ts";
import { Reader } from "../../protocol/bytes/reader.ts";
import type { Crypto } from "../../protocol/crypto/crypto.ts";
import { ChunkType, readChunk } from "../../protocol/wire/chunk.ts";
import { PacketMode, readPacketHeader } from "../../protocol/wire/packet.ts";
import { Lab } from "../lab/index.ts";
import { type Alter, alteringCrypto } from "../support/mutation.ts";
import { Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

/** Flow 2, number 0, final and abandoned, as MonaServer2 answers an exception. */
const NOTHING = fromHex("10000403020000");

interface Rejection {
  readonly lab: Lab;
  readonly server: Station;
  readonly far: Station;
  /** When the server said that it rejects the flow. */
  readonly exceptions: readonly number[];
}

/** A server that rejects all flows, and a far end that has opened one and then says what `alter` says. */
async function rejection(
  alter: (header: Uint8Array) => Uint8Array | undefined,
): Promise<Rejection> {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 20 } });
  const exceptions: number[] = [];
  const watch: Alter = (packet) => {
    const reader = new Reader(packet);
    readPacketHeader(reader);
    for (let chunk = readChunk(packet, reader); chunk; chunk = readChunk(packet, reader)) {
      if (chunk.type === ChunkType.flowException) exceptions.push(lab.now);
    }
    return undefined;
  };
  const { io, ip } = lab.host("10.0.0.1");
  const options = {
    idleCloseMs: 10_000,
    wrapCrypto: (crypto: Crypto) => alteringCrypto(crypto, watch),
  };
  const server = await new Station(io, 0, options).listen(ip, 1935);
  server.accepts = () => false;
  const alterPacket: Alter = (packet) => {
    const reader = new Reader(packet);
    const isStartup = readPacketHeader(reader).mode === PacketMode.startup;
    return isStartup || exceptions.length === 0
      ? undefined
      : alter(packet.subarray(0, reader.position));
  };
  const host = lab.host("10.0.0.2");
  const far = new Station(host.io, 1, {
    wrapCrypto: (crypto) => alteringCrypto(crypto, alterPacket),
  });
  await far.listen(host.ip, 1935);
  far.dial(server);
  await lab.runUntil(() => far.sessions.length + server.sessions.length === 2, 5_000);
  far.send(far.openFlow("f"), "nobody wants this");
  await lab.runUntil(() => far.eventsOf("flow-rejected").length > 0, 5_000);
  return { lab, server, far, exceptions };
}

test("MonaServer2 answers our exception with final data of number 0: the flow is silent", async () => {
  const { lab, server, far, exceptions } = await rejection((header) =>
    Uint8Array.from([...header, ...NOTHING]),
  );
  const { session } = server;
  const never = { idleCloseMs: Number.POSITIVE_INFINITY };
  server.driver.turn(() => session.setLimits(never));
  const malformed = server.driver.endpoint.stats.malformed;
  await lab.advance(1_000);
  const told = exceptions.length;
  await lab.advance(10_000);
  assert.ok(told > 0 && session.isOpen);
  assert.equal(exceptions.length, told, "an exception would be answered again, for ever");
  assert.equal(server.driver.endpoint.stats.malformed, malformed);
  await closeStations(lab, server, far);
});

test("idleCloseMs: a rejected flow whose sender never ends it does not keep the session", async () => {
  const { lab, server, far } = await rejection((header) => header);
  await lab.advance(11_000);
  assert.equal(server.session.isOpen, false);
  await closeStations(lab, server, far);
});

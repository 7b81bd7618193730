import assert from "node:assert/strict";
import { test } from "node:test";
import type { Writer } from "../../protocol/bytes/writer.ts";
import type { Session } from "../../protocol/session/session.ts";
import { writePing } from "../../protocol/wire/chunks/ping.ts";
import { PacketMode, writePacketHeader } from "../../protocol/wire/packet.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

/** What the end that has this session may say in one packet. */
function seal({ terms }: Session, write: (writer: Writer) => void): Uint8Array {
  const writer = terms.keys.cipher.begin(1_200);
  writePacketHeader(writer, {
    mode: PacketMode[terms.role],
    timeCritical: false,
    timeCriticalReverse: false,
    timestampTicks: undefined,
    timestampEchoTicks: undefined,
  });
  write(writer);
  return terms.keys.cipher.seal(terms.farSessionId);
}

test("§2.3.9 hundreds of Pings in one packet from anywhere are answered in one that is no longer", async () => {
  const { lab, one, other } = await connectedStations(1);
  await lab.advance(5_000);
  const packet = seal(other.session, (writer) => {
    while (writer.room > 3) writePing(writer, new Uint8Array(0));
  });
  const elsewhere = lab.host("10.0.0.77");
  const answers: Uint8Array[] = [];
  const link = await elsewhere.io.bind({ ip: elsewhere.ip, port: 5 }, (bytes) => {
    answers.push(bytes);
  });
  link.send(packet, one.address);
  await lab.advance(500);
  assert.equal(answers.length, 1);
  assert.ok(answers.every(({ length }) => length <= packet.length));
  await link.close();
  await closeStations(lab, one, other);
});

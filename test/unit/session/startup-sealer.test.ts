import assert from "node:assert/strict";
import { test } from "node:test";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { SMALL_DATAGRAM_BYTES, STARTUP_DATAGRAM_BYTES } from "../../../protocol/params.ts";
import { PacketReassembly } from "../../../protocol/session/packet-reassembly.ts";
import { readStartup, unsealStartup } from "../../../protocol/session/startup-packet.ts";
import { type StartupForm, StartupSealer } from "../../../protocol/session/startup-sealer.ts";
import { ChunkType } from "../../../protocol/wire/chunk.ts";
import { readIHello, writeIHello } from "../../../protocol/wire/chunks/ihello.ts";
import { readPacketFragment } from "../../../protocol/wire/chunks/packet-fragment.ts";
import { pooledIdentity } from "../../support/station.ts";

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(0));
const sealer = new StartupSealer(crypto);

function sealed(length: number, form: StartupForm): Uint8Array[] {
  const hello = { endpointDiscriminator: new Uint8Array(length), tag: new Uint8Array(16) };
  const datagrams = sealer.seal(0, form, 0, (writer) => writeIHello(writer, hello));
  assert.ok(datagrams, "it fits");
  return datagrams;
}

/** In which shape the packet went out. */
function shape(length: number, form: StartupForm): string {
  return sealed(length, form)
    .map((datagram) => unsealStartup(crypto, datagram)[0]?.type)
    .map((type) => (type === ChunkType.packetFragment ? "fragment" : "whole"))
    .join(" ");
}

test("§3.4 what goes out whole, and what in fragments", () => {
  const three = "fragment fragment fragment";
  assert.equal(shape(100, "whole"), "whole");
  assert.equal(shape(100, "repeated"), "whole fragment");
  assert.equal(shape(100, "fragments"), "whole");
  assert.equal(shape(100, "large"), "");
  assert.equal(shape(1_300, "whole"), "whole");
  assert.equal(shape(1_300, "repeated"), `whole ${three}`);
  assert.equal(shape(1_300, "fragments"), three);
  assert.equal(shape(1_300, "large"), three);
  assert.equal(shape(4_000, "whole"), `fragment ${three}`);
  assert.equal(shape(4_000, "repeated"), `fragment ${three}`);
});

test("§3.4 no more than four packets and 4380 bytes at once, small ones if that suffices", () => {
  for (let length = 0; length <= 4_200; length += 7) {
    const datagrams = sealed(length, "repeated");
    const bytes = datagrams.reduce((sum, datagram) => sum + datagram.length, 0);
    assert.ok(datagrams.length <= 4 && bytes <= 4_380, `${datagrams.length}: ${bytes} bytes`);
    const largest = Math.max(...sealed(length, "fragments").map((datagram) => datagram.length));
    assert.ok(largest <= (length < 2_000 ? SMALL_DATAGRAM_BYTES : STARTUP_DATAGRAM_BYTES));
  }
});

test("§3.4 fragments make the packet that they were cut from", () => {
  for (const length of [10, 600, 1_500, 4_000]) {
    const reassembly = new PacketReassembly();
    const source = { sender: "", host: "" };
    const hellos = sealed(length, "repeated").flatMap((datagram) => {
      const [chunk] = unsealStartup(crypto, datagram);
      if (chunk?.type !== ChunkType.packetFragment) return [];
      const packet = reassembly.take(readPacketFragment(chunk.payload), source, 0);
      return packet ? readStartup(packet.bytes) : [];
    });
    assert.deepEqual(
      hellos.map(({ payload }) => readIHello(payload).endpointDiscriminator),
      [new Uint8Array(length)],
    );
  }
});

test("§2.3.1 packets have IDs of their own", () => {
  const ids = [0, 1, 2].map(() => {
    const [chunk] = unsealStartup(crypto, sealed(2_000, "fragments")[0] ?? new Uint8Array(0));
    return chunk && readPacketFragment(chunk.payload).packetId;
  });
  assert.equal(new Set(ids).size, 3);
});

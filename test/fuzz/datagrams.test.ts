import assert from "node:assert/strict";
import { test } from "node:test";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { sealStartup } from "../../protocol/session/startup-packet.ts";
import { beginChunk, ChunkType, endChunk } from "../../protocol/wire/chunk.ts";
import type { Lab } from "../lab/index.ts";
import { fuzz } from "../support/fuzzing.ts";
import { mutated } from "../support/mutation.ts";
import { pooledIdentity, type Station } from "../support/station.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(5));

const startupTypes = [
  ChunkType.ihello,
  ChunkType.rhello,
  ChunkType.redirect,
  ChunkType.iikeying,
  ChunkType.rikeying,
  ChunkType.cookieChange,
  ChunkType.packetFragment,
];

/** A startup packet that is sealed well and holds anything. */
function startup({ random, now }: Lab): Uint8Array {
  const type = startupTypes[random.below(startupTypes.length)] ?? 0;
  const payload = random.bytes(random.below(200));
  // Fields with lengths that fit are what makes it past the first check.
  if (random.chance(0.7)) payload[0] = random.below(Math.min(64, payload.length + 1));
  return sealStartup(crypto, 0, now, (writer) => {
    const start = beginChunk(writer, type);
    writer.put(payload);
    endChunk(writer, start);
  });
}

/** Everything that was ever sent, as material. */
function recordedBy(lab: Lab): Uint8Array[] {
  const recorded: Uint8Array[] = [];
  lab.tap(({ fate, datagram: { bytes } }) => {
    if (fate !== "sent") return;
    if (recorded.length < 300) recorded.push(bytes.slice());
    else recorded[lab.random.below(300)] = bytes.slice();
  });
  return recorded;
}

async function attack(
  lab: Lab,
  victims: readonly Station[],
  recorded: Uint8Array[],
): Promise<void> {
  const { random } = lab;
  const link = await lab
    .host("10.0.0.66")
    .io.bind({ ip: "10.0.0.66", port: 1935 }, () => undefined);
  for (let times = 0; times < 150; times += 1) {
    const original = recorded[random.below(recorded.length)] ?? random.bytes(20);
    const kind = random.below(4);
    const bytes =
      kind === 0
        ? random.bytes(random.below(1_400))
        : kind === 1
          ? original
          : mutated(original, random);
    for (const { address } of victims) link.send(kind === 3 ? startup(lab) : bytes, address);
    await lab.advance(random.below(40));
  }
  await link.close();
}

async function round(seed: number): Promise<void> {
  const { lab, one, other } = await connectedStations(seed, { jitterMs: 5 });
  const recorded = recordedBy(lab);
  const flow = one.openFlow("healthy");
  const sent: string[] = [];
  const talk = async (): Promise<void> => {
    for (let number = 0; number < 10; number += 1) {
      sent.push(`${number} ${"x".repeat(lab.random.below(3_000))}`);
      one.send(flow, sent.at(-1) ?? "");
      await lab.advance(100);
    }
  };
  await talk();
  await attack(lab, [one, other], recorded);
  const { session } = one;
  await talk();
  await lab.runUntil(() => flow.queuedBytes === 0, 10_000);
  assert.deepEqual(other.texts, sent);
  assert.equal(one.session, session);
  assert.ok(session.isOpen);
  for (const { driver } of [one, other]) {
    assert.ok(driver.endpoint.stats.malformed > 50, "what is broken was counted");
    assert.equal(driver.endpoint.stats.sessions, 1);
  }
  await closeStations(lab, one, other);
}

test("endpoints under random, damaged, repeated and misdirected datagrams", async (context) => {
  context.diagnostic(await fuzz(round));
});

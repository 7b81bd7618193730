import assert from "node:assert/strict";
import { test } from "node:test";
import { Writer } from "../../protocol/bytes/writer.ts";
import {
  peerDiscriminator,
  serverDiscriminator,
} from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { beginChunk, ChunkType, endChunk } from "../../protocol/wire/chunk.ts";
import type { Lab, Prng } from "../lab/index.ts";
import { fuzz } from "../support/fuzzing.ts";
import { mutated } from "../support/mutation.ts";
import { sealFragments, sealStartup } from "../support/seal-startup.ts";
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

/** What begins like something that is for `victim`, and goes on anyhow. */
function payloadFor(victim: Station, random: Prng): Uint8Array {
  const rest = random.bytes(random.below(random.chance(0.3) ? 8_192 : 200));
  const writer = new Writer();
  const kind = random.below(4);
  if (kind === 0) writer.field(peerDiscriminator(victim.identity.certificate.fingerprint));
  if (kind === 1) writer.field(serverDiscriminator("rtmfp://victim/"));
  // Fields with lengths that fit are what makes it past the first check.
  if (kind === 2) writer.field(rest.subarray(0, random.below(rest.length + 1)));
  return writer.put(rest).finish();
}

/** A startup packet that is sealed well and holds anything, in one datagram or in several. */
function startup(victim: Station, { random, now }: Lab): Uint8Array[] {
  const type = startupTypes[random.below(startupTypes.length)] ?? 0;
  const payload = payloadFor(victim, random);
  const write = (writer: Writer): void => {
    const start = beginChunk(writer, type);
    writer.put(payload);
    endChunk(writer, start);
  };
  if (random.chance(0.5)) return [sealStartup(crypto, 0, now, write)];
  return sealFragments(crypto, 0, now, random.below(4), write);
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
    for (const victim of victims) {
      const datagrams = kind === 3 ? startup(victim, lab) : [bytes];
      for (const datagram of datagrams) link.send(datagram, victim.address);
    }
    await lab.advance(random.below(40));
  }
  await link.close();
}

async function round(seed: number): Promise<void> {
  const { lab, one, other } = await connectedStations(seed, { jitterMs: 5, mtuBytes: 65_535 });
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

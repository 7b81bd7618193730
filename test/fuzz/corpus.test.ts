import assert from "node:assert/strict";
import { test } from "node:test";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { Driver } from "../../protocol/driver.ts";
import type { Io } from "../../protocol/io.ts";
import { nodeIo } from "../../protocol/node/io.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { corpus } from "../support/corpus.ts";
import { alteringCrypto } from "../support/mutation.ts";
import { sealStartup } from "../support/seal-startup.ts";
import { pooledIdentity, Station } from "../support/station.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(5));

/** `io`, and a way to receive what nobody could send through a socket: from any address. */
function forging(io: Io): { readonly io: Io; forge(bytes: Uint8Array, from: Address): void } {
  const receivers: ((bytes: Uint8Array, from: Address) => void)[] = [];
  const bind: Io["bind"] = (local, receive) => {
    receivers.push(receive);
    return io.bind(local, receive);
  };
  const forge = (bytes: Uint8Array, from: Address): void => {
    for (const receive of receivers) receive(bytes.slice(), from);
  };
  return { io: { ...io, bind }, forge };
}

test("the corpus as datagrams and startup packets, from anywhere, at a real socket", async (t) => {
  const { io, forge } = forging(nodeIo);
  const driver = new Driver(io, { crypto }, () => undefined);
  t.after(() => driver.abort());
  await driver.bind({ ip: "127.0.0.1", port: 0 });
  for (const { bytes } of corpus) {
    const sealed = sealStartup(crypto, 0, io.now(), (writer) =>
      writer.put(bytes.subarray(0, writer.room)),
    );
    for (const port of [0, 1, 9]) {
      forge(bytes, { ip: "127.0.0.1", port });
      forge(sealed, { ip: "127.0.0.1", port });
    }
  }
  assert.equal(driver.endpoint.stats.sessions, 0);
});

test("the corpus as session packets under good keys: the others do not notice", async () => {
  const { lab, one, other } = await connectedStations(1);
  const healthy = one.openFlow("healthy");
  const sent: string[] = [];
  const { session } = one;
  let next: Uint8Array | undefined;
  const far = await new Station(lab.host("10.0.0.66").io, 2, {
    wrapCrypto: (inner) =>
      alteringCrypto(inner, (packet) => {
        const chunks = next;
        next = undefined;
        // The mode of the header stays; without timestamps it is one byte long.
        return chunks && Uint8Array.of((packet[0] ?? 0) & 3, ...chunks);
      }),
  }).listen("10.0.0.66", 1935);
  for (const { bytes, why } of corpus) {
    far.dial(one);
    await lab.runUntil(() => far.sessions.at(-1)?.isOpen ?? false, 10_000);
    // Something under way in both directions for the chunks to be about.
    await lab.runUntil(() => one.session !== session && one.session.isOpen, 10_000);
    one.send(one.openFlow("back"), "x".repeat(5_000));
    far.send(far.openFlow("mine"), "x".repeat(3_000));
    await lab.advance(5);
    next = bytes;
    far.send(far.openFlow("trigger"), "x");
    sent.push(why);
    one.send(healthy, why);
    await lab.advance(300);
    assert.deepEqual(other.texts, sent, why);
    far.driver.turn(() => far.session.abort());
  }
  await closeStations(lab, far);
  await lab.advance(120_000);
  assert.equal(one.driver.endpoint.stats.sessions, 1);
  await closeStations(lab, one, other);
});

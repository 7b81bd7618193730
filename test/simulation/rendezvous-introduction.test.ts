import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import {
  peerDiscriminator,
  writeEndpointDiscriminator,
} from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { createIdentity, type Identity } from "../../protocol/crypto/identity.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { type IHello, writeIHello } from "../../protocol/wire/chunks/ihello.ts";
import { RendezvousLab, SERVER } from "../support/rendezvous-lab.ts";
import { sealStartup } from "../support/seal-startup.ts";
import { pooledIdentity } from "../support/station.ts";

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(0));

function helloDatagram(hello: IHello): Uint8Array {
  return sealStartup(crypto, 0, 0, (writer) => writeIHello(writer, hello));
}

const tag = new Uint8Array(16);

/** Datagrams that the server sent, by whom it sent them to. */
function countSent(world: RendezvousLab): Map<string, number> {
  const sent = new Map<string, number>();
  world.lab.tap(({ fate, datagram: { from, to } }) => {
    if (fate === "sent" && from.ip === SERVER.ip) sent.set(to.ip, (sent.get(to.ip) ?? 0) + 1);
  });
  return sent;
}

/** Sends hellos from `ip`, one every `everyMs`. */
async function flood(
  world: RendezvousLab,
  ip: string,
  hello: IHello,
  count: number,
  everyMs: number,
): Promise<void> {
  const link = await world.lab.host(ip).io.bind({ ip, port: 0 }, () => undefined);
  const datagram = helloDatagram(hello);
  for (let index = 0; index < count; index += 1) {
    link.send(datagram, SERVER);
    await world.lab.advance(everyMs);
  }
}

test("hellos for nobody we know, and hellos that are too long, are not answered", async () => {
  const world = await RendezvousLab.start({ seed: 1 });
  const peer = await world.connected();
  const known = peerDiscriminator(fromHex(peer.id));
  const truncated = known.subarray(0, -1);
  const sent = countSent(world);
  const longTag = new Uint8Array(65);
  const ancillary = Uint8Array.from([...known, 0x82, 0x00, 0x7f, ...new Uint8Array(255)]);
  const hellos: IHello[] = [
    { endpointDiscriminator: peerDiscriminator(new Uint8Array(32)), tag },
    { endpointDiscriminator: new Uint8Array(0), tag },
    { endpointDiscriminator: truncated, tag },
    { endpointDiscriminator: known, tag: longTag },
    { endpointDiscriminator: ancillary, tag },
  ];
  for (const [index, hello] of hellos.entries()) {
    await flood(world, `10.0.2.${index + 1}`, hello, 3, 10);
  }
  assert.deepEqual(
    [...sent.keys()].filter((ip) => ip.startsWith("10.0.2.")),
    [],
  );
  assert.equal(peer.forwarded, 0);
  assert.ok(world.server.status.counts.malformedDatagrams > 0);
  await world.close();
});

test("the server is no reflector: a source gets few answers, however much is sent in its name", async () => {
  const world = await RendezvousLab.start({ seed: 2 });
  const peer = await world.connected();
  const sent = countSent(world);
  const hello = { endpointDiscriminator: peerDiscriminator(fromHex(peer.id)), tag };
  await flood(world, "10.0.2.1", hello, 2_000, 1);
  await world.lab.advance(100);
  const answers = sent.get("10.0.2.1") ?? 0;
  assert.ok(answers >= 100 && answers <= 145, `${answers} answers to 2000 hellos in 2 s`);
  assert.ok(peer.forwarded <= 145);
  const { limitedHellos, introductions } = world.server.status.counts;
  assert.equal(limitedHellos + introductions, 2_000);
  await world.close();
});

test("a peer is not flooded with hellos from everywhere", async () => {
  const world = await RendezvousLab.start({ seed: 3 });
  const peer = await world.connected();
  const hello = { endpointDiscriminator: peerDiscriminator(fromHex(peer.id)), tag };
  for (let source = 0; source < 10; source += 1) {
    await flood(world, `10.0.3.${source + 1}`, hello, 50, 0);
  }
  await world.lab.advance(1_000);
  assert.ok(peer.forwarded > 0 && peer.forwarded <= 160, `${peer.forwarded} of 500`);
  await world.close();
});

test("librtmfp looks for 22 21 0F and its ID in a hello, and finds it there whatever was asked for", async () => {
  const world = await RendezvousLab.start({ seed: 4 });
  const asker = await world.connected("chat", { identity: identityOf([31, 2]) });
  const flash = await world.connected("chat", { identity: identityOf([2]), compat: "flash" });
  const strict = await world.connected();
  for (const peer of [flash, strict]) {
    const count = asker.peers.length;
    asker.meet(peer.id, asTcconnAsks(peer.id));
    await world.lab.runUntil(() => asker.peers.length > count, 10_000);
    asker.say(`hello ${peer.id}`);
    await world.lab.advance(1_000);
    assert.deepEqual(peer.heard, [{ text: `hello ${peer.id}`, from: asker.id }]);
  }
  assert.deepEqual(new Set(flash.hellos.map(asField)), new Set([`22210f${flash.id}`]));
  const verbatim = new Writer().field(asTcconnAsks(strict.id)).bytes();
  assert.deepEqual(new Set(strict.hellos.map(asField)), new Set([toHex(verbatim)]));
  await world.close();
});

function identityOf(groups: readonly number[]): Identity {
  return createIdentity(nodePrimitives, { kind: "static", groups });
}

/** rtmfp-cpp's tcconn names the URI of the server besides. */
function asTcconnAsks(peerId: string): Uint8Array {
  const ancillary = new TextEncoder().encode("rtmfp://10.0.0.1/chat");
  return writeEndpointDiscriminator({ ancillary, fingerprint: fromHex(peerId) });
}

function asField({ endpointDiscriminator }: IHello): string {
  return toHex(new Writer().field(endpointDiscriminator).bytes());
}

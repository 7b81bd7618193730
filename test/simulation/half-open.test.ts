import assert from "node:assert/strict";
import { test } from "node:test";
import { peerDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { MAX_HALF_OPEN_PER_SOURCE, MAX_HELLO_NETWORKS } from "../../protocol/params.ts";
import { Endpoint } from "../../protocol/session/endpoint.ts";
import type { Session } from "../../protocol/session/session.ts";
import { unsealStartup } from "../../protocol/session/startup-packet.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { writeIHello } from "../../protocol/wire/chunks/ihello.ts";
import { writeIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { readRHello } from "../../protocol/wire/chunks/rhello.ts";
import { Lab } from "../lab/index.ts";
import { sealStartup } from "../support/seal-startup.ts";
import { pooledIdentity, Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

const near = createFlashCrypto(nodePrimitives, pooledIdentity(0));
const far = createFlashCrypto(nodePrimitives, pooledIdentity(5));
const endpointDiscriminator = peerDiscriminator(near.certificate.fingerprint);

/** An endpoint, and somebody who knows how to ask it. */
class Victim {
  readonly endpoint: Endpoint = new Endpoint({ crypto: near });
  readonly sessions: Session[] = [];
  now = 0;

  constructor() {
    this.endpoint.addLink(0, { reaches: () => true }, 0);
  }

  /** What it answers. */
  hear(bytes: Uint8Array, from: Address): Uint8Array[] {
    this.endpoint.receive([{ bytes, path: { link: 0, address: from } }], this.now);
    return this.poll();
  }

  poll(): Uint8Array[] {
    const sent: Uint8Array[] = [];
    const { endpoint, now } = this;
    for (let output = endpoint.poll(now); output; output = endpoint.poll(now)) {
      if (output.type === "transmit") sent.push(output.bytes);
      if (output.type === "session") this.sessions.push(output.session);
    }
    return sent;
  }

  hello(from: Address): Uint8Array | undefined {
    const hello = { endpointDiscriminator, tag: new Uint8Array(16) };
    const [bytes] = this.hear(
      sealStartup(far, 0, this.now, (writer) => writeIHello(writer, hello)),
      from,
    );
    return bytes;
  }

  cookieFor(from: Address): Uint8Array {
    const bytes = this.hello(from);
    const [chunk] = bytes ? unsealStartup(far, bytes) : [];
    assert.ok(chunk);
    return readRHello(chunk.payload).cookie;
  }

  /** Answers whether there is one more session. */
  open(from: Address, cookieEcho: Uint8Array, initiatorSessionId: number): boolean {
    const before = this.endpoint.stats.sessions;
    const keying = {
      initiatorSessionId,
      cookieEcho,
      initiatorCertificate: far.certificate.bytes,
      sessionKeyInitiatorComponent: component,
      signature: Uint8Array.of(0x58),
    };
    this.hear(
      sealStartup(far, 0, this.now, (writer) => writeIIKeying(writer, keying)),
      from,
    );
    return this.endpoint.stats.sessions > before;
  }
}

const { component } = far.initiate(near.certificate);

test("§3.5.1.1.2 one cookie makes no more sessions than a source may have unproven", () => {
  const victim = new Victim();
  const greedy = { ip: "192.0.2.66", port: 1935 };
  const cookie = victim.cookieFor(greedy);
  for (let id = 1; id <= MAX_HALF_OPEN_PER_SOURCE; id += 1) {
    assert.ok(victim.open(greedy, cookie, id), `session ${id}`);
  }
  for (let id = 0; id < 20; id += 1) assert.equal(victim.open(greedy, cookie, 10_000 + id), false);
  const honest = { ip: "192.0.2.67", port: 1935 };
  assert.ok(victim.open(honest, victim.cookieFor(honest), 1), "others get in");
  // Those that never prove themselves make room for others of the same source after a while.
  victim.now = 5_000;
  victim.open(greedy, cookie, 20_000);
  assert.equal(victim.endpoint.stats.sessions, MAX_HALF_OPEN_PER_SOURCE + 1);
  assert.equal(victim.sessions[0]?.state, "CLOSED");
});

test("§3.5.1.1.2 dozens of silent peers behind one NAT get in at once", async () => {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 300, loss: 0.05 } });
  const server = await new Station(lab.host("10.0.0.1").io, 0).listen("10.0.0.1", 1935);
  const nat = lab.host("10.0.0.2").io;
  const peers: Station[] = [];
  for (let index = 1; index <= 60; index += 1) {
    const peer = await new Station(nat, index).listen("10.0.0.2", 2_000 + index);
    peers.push(peer);
    peer.dial(server);
  }
  await lab.runUntil(() => peers.every((peer) => peer.sessions.length > 0), 20_000);
  await lab.advance(10_000);
  assert.ok(peers.every((peer) => peer.session.isOpen));
  await closeStations(lab, server, ...peers);
});

/** How many of so many hellos within a second are answered. */
function answered(victim: Victim, hellos: number, from: (index: number) => Address): number {
  let answers = 0;
  for (let index = 0; index < hellos; index += 1) {
    victim.now += 1_000 / hellos;
    if (victim.hello(from(index))) answers += 1;
  }
  return answers;
}

test("§3.5.1.1.2 a network gets so many answers to hellos and no more; others get theirs", () => {
  const victim = new Victim();
  const flood = (index: number): Address => ({ ip: `192.0.2.${index % 256}`, port: 1 + index });
  answered(victim, 20_000, flood);
  const rate = answered(victim, 10_000, flood);
  const addedBytes = rate * (64 + near.certificate.bytes.length);
  assert.ok(addedBytes < 525_000 && addedBytes > 500_000, `${addedBytes} bytes added`);
  victim.now += 1_000;
  assert.ok(victim.hello(flood(0)), "who asks again gets an answer");
  const victimsOfStorm = (index: number): Address => ({
    ip: `10.1.${index >> 8}.${index & 255}`,
    port: 1935,
  });
  assert.equal(answered(victim, 5_000, victimsOfStorm), 5_000);
  assert.ok(victim.endpoint.stats.malformed >= 10_000 - rate, "what was not answered was counted");
});

test("§3.5.1.1.2 two thousand hellos a second from one address are answered", () => {
  const victim = new Victim();
  const loopback = (index: number): Address => ({ ip: "127.0.0.1", port: 5_000 + (index % 16) });
  for (let seconds = 0; seconds < 5; seconds += 1) {
    assert.equal(answered(victim, 2_000, loopback), 2_000);
  }
});

test("§3.5.1.1.2 so many networks are remembered: the one that has not asked for longest is forgotten", () => {
  const victim = new Victim();
  const tag = new Uint8Array(16);
  const hello = sealStartup(far, 0, 0, (writer) =>
    writeIHello(writer, { endpointDiscriminator, tag }),
  );
  const isAnswered = (ip: string): boolean => victim.hear(hello, { ip, port: 1935 }).length > 0;
  const others = Array.from(
    { length: MAX_HELLO_NETWORKS - 1 },
    (_, index) => `10.${index >> 8}.${index & 255}.1`,
  );
  const [first, second] = ["192.0.2.1", "198.51.100.1"];
  for (const flooding of [first, second]) while (isAnswered(flooding)) victim.poll();
  const last = others.pop() ?? "";
  for (const ip of others) assert.ok(isAnswered(ip));
  assert.equal(isAnswered(first), false, "still remembered");
  assert.ok(isAnswered(last), "one more");
  assert.equal(isAnswered(first), false, "it has asked since");
  assert.equal(isAnswered(second), true, "forgotten");
});

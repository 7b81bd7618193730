/** Which answers an initiator believes, and where it goes on, RFC 7016 §3.5.1.1.1. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { writeEndpointDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { createIdentity } from "../../protocol/crypto/identity.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import type { Transmit } from "../../protocol/session/events.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { ChunkType } from "../../protocol/wire/chunk.ts";
import { readIHello } from "../../protocol/wire/chunks/ihello.ts";
import { type IIKeying, readIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { writeRedirect } from "../../protocol/wire/chunks/redirect.ts";
import { writeRHello } from "../../protocol/wire/chunks/rhello.ts";
import { writeRIKeying } from "../../protocol/wire/chunks/rikeying.ts";
import { pooledIdentity } from "../support/station.ts";
import { onlyChunk, stranger, Victim } from "../support/victim.ts";

const here = { ip: "192.0.2.1", port: 1935 };
const elsewhere = { ip: "198.51.100.1", port: 1935 };
const somebody = createFlashCrypto(nodePrimitives, pooledIdentity(6));

const SERVER = { kind: "ephemeral", groups: [31], acceptsAncillary: true } as const;

/** It asks for the stranger; answers the tag of its IHello. */
function dialed(victim: Victim): Uint8Array {
  return readIHello(onlyChunk(victim.dial(here).sent).payload).tag;
}

function hello(
  victim: Victim,
  tagEcho: Uint8Array,
  { from = here, of = stranger, cookie = 0xaa } = {},
): Transmit[] {
  const answer = {
    tagEcho,
    cookie: new Uint8Array(64).fill(cookie),
    responderCertificate: of.certificate.bytes,
  };
  return victim.say(from, (writer) => writeRHello(writer, answer));
}

function keyingIn(sent: readonly Transmit[]): IIKeying & { readonly to: Address } {
  const { type, payload, to } = onlyChunk(sent);
  assert.equal(type, ChunkType.iikeying);
  return { ...readIIKeying(payload), to };
}

test("§3.5.1.1.1 an RHello of whom the discriminator does not select is no answer", () => {
  const victim = new Victim();
  const tag = dialed(victim);
  assert.deepEqual(hello(victim, tag, { of: somebody }), []);
  assert.equal(onlyChunk(victim.wait(1_000).slice(0, 1)).type, ChunkType.ihello, "it asks on");
  assert.deepEqual(keyingIn(hello(victim, tag)).to, here);
});

test("§3.5.1.1.1 of several servers with what was asked for, the first to answer counts", () => {
  const victim = new Victim();
  const ancillary = new TextEncoder().encode("rtmfp://example.org/live");
  const opening = victim.endpoint.open(writeEndpointDiscriminator({ ancillary }), [here], 0);
  const [one, another] = [SERVER, SERVER].map((options) =>
    createFlashCrypto(nodePrimitives, createIdentity(nodePrimitives, options)),
  );
  assert.equal(victim.poll().length, 1);
  keyingIn(hello(victim, opening.tag, { of: one }));
  assert.deepEqual(hello(victim, opening.tag, { from: elsewhere, of: another }), []);
  assert.equal(opening.keying?.far.peerId, one?.certificate.peerId);
  assert.deepEqual(keyingIn(victim.wait(1_000).slice(0, 1)).to, here);
});

test("§3.5.1.1.1 the first RHello counts: another one, from elsewhere, changes nothing", () => {
  const victim = new Victim();
  const tag = dialed(victim);
  const { to, ...keying } = keyingIn(hello(victim, tag));
  assert.deepEqual(to, here);
  assert.deepEqual(hello(victim, tag, { from: elsewhere, cookie: 0xbb }), []);
  const { to: again, ...repeated } = keyingIn(victim.wait(1_000).slice(0, 1));
  assert.deepEqual([again, repeated], [here, keying]);
});

test("§3.5.1.1.1 an IIKeying is repeated with growing pauses", () => {
  const victim = new Victim();
  keyingIn(hello(victim, dialed(victim)));
  const at: number[] = [];
  while (victim.now < 20_000) {
    const [first] = victim.wait(100);
    if (!first) continue;
    assert.equal(onlyChunk([first]).type, ChunkType.iikeying);
    at.push(victim.now);
  }
  assert.deepEqual(at, [1_000, 3_500, 7_500, 13_000, 20_000]);
});

test("§3.5.1.1.1 the far end is where its RHello came from, wherever the RIKeying does", () => {
  const victim = new Victim();
  const keying = keyingIn(hello(victim, dialed(victim)));
  const far = stranger.readCertificate(victim.certificate);
  const { component } = stranger.respond(far, keying.sessionKeyInitiatorComponent);
  const answer = { responderSessionId: 9, sessionKeyResponderComponent: component };
  const { initiatorSessionId } = keying;
  victim.say(
    elsewhere,
    (writer) => writeRIKeying(writer, answer, () => Uint8Array.of(0x58)),
    initiatorSessionId,
  );
  assert.deepEqual(victim.session.destination, here);
});

test("§2.3.5 an implied redirect: whoever answers a forwarded hello so is asked where it is", () => {
  const victim = new Victim();
  const tagEcho = dialed(victim);
  const redirect = { tagEcho, destinations: [] };
  const sent = victim.say(elsewhere, (writer) => writeRedirect(writer, redirect));
  const { type, payload, to } = onlyChunk(sent);
  assert.deepEqual([type, to], [ChunkType.ihello, elsewhere]);
  assert.deepEqual(readIHello(payload).tag, tagEcho);
  assert.deepEqual(keyingIn(hello(victim, tagEcho, { from: elsewhere })).to, elsewhere);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Writer } from "../../protocol/bytes/writer.ts";
import type { Crypto } from "../../protocol/crypto/crypto.ts";
import { peerDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { Endpoint } from "../../protocol/session/endpoint.ts";
import type { Transmit } from "../../protocol/session/events.ts";
import { unsealStartup } from "../../protocol/session/startup-packet.ts";
import { type Address, Origin } from "../../protocol/wire/address.ts";
import { writeCookieChange } from "../../protocol/wire/chunks/cookie-change.ts";
import { readIHello, writeIHello } from "../../protocol/wire/chunks/ihello.ts";
import { readIIKeying } from "../../protocol/wire/chunks/iikeying.ts";
import { writeRHello } from "../../protocol/wire/chunks/rhello.ts";
import { sealFragments, sealStartup } from "../support/seal-startup.ts";
import { pooledIdentity } from "../support/station.ts";

const stranger: Address = { ip: "192.0.2.66", port: 1935 };
const far = createFlashCrypto(nodePrimitives, pooledIdentity(5));
const lengths = [65, 1_025, 3_700, 4_100, 4_300, 8_000, 65_000];

/** An endpoint, and a stranger who says to it what no decent implementation says. */
class Victim {
  readonly crypto: Crypto = createFlashCrypto(nodePrimitives, pooledIdentity(0));
  readonly endpoint: Endpoint = new Endpoint({ crypto: this.crypto });

  constructor() {
    this.endpoint.addLink(0, { reaches: () => true }, 0);
  }

  /** Answers how many datagrams it sends in turn. */
  hear(write: (writer: Writer) => void, sessionId = 0): number {
    const datagrams = [sealStartup(far, sessionId, 0, write)];
    if (this.fitsFragments(write)) datagrams.push(...sealFragments(far, sessionId, 0, 7, write));
    for (const bytes of datagrams) {
      this.endpoint.receive([{ bytes, path: { link: 0, address: stranger } }], 0);
    }
    return this.sent().length;
  }

  sent(): Transmit[] {
    const sent: Transmit[] = [];
    for (let output = this.endpoint.poll(0); output; output = this.endpoint.poll(0)) {
      if (output.type === "transmit") sent.push(output);
    }
    return sent;
  }

  fitsFragments(write: (writer: Writer) => void): boolean {
    return sealStartup(far, 0, 0, write).length < 40_000;
  }
}

test("§2.3.2 an IHello with a tag that is too long is not answered", () => {
  const victim = new Victim();
  const endpointDiscriminator = peerDiscriminator(victim.crypto.certificate.fingerprint);
  const ask = (tagBytes: number): number =>
    victim.hear((writer) =>
      writeIHello(writer, { endpointDiscriminator, tag: new Uint8Array(tagBytes) }),
    );
  assert.ok(ask(64) > 0);
  for (const length of lengths) assert.equal(ask(length), 0, `${length}`);
  assert.ok(victim.endpoint.stats.malformed >= lengths.length);
});

test("§2.3.3 a forwarded hello that cannot be answered in a startup packet is not answered", () => {
  const victim = new Victim();
  const { endpoint } = victim;
  const endpointDiscriminator = peerDiscriminator(victim.crypto.certificate.fingerprint);
  const replyAddress = { ...stranger, origin: Origin.observed };
  for (const length of lengths.filter((bytes) => bytes > 4_200)) {
    const tag = new Uint8Array(length);
    endpoint.answerForwardedHello({ endpointDiscriminator, replyAddress, tag }, 0);
    assert.equal(victim.sent().length, 0, `${length}`);
  }
  assert.equal(endpoint.stats.unsent, lengths.filter((bytes) => bytes > 4_200).length);
});

/** It asks the stranger, who answers with a cookie of so many bytes. */
function answered(victim: Victim, cookieBytes: number): Transmit[] {
  victim.endpoint.open(peerDiscriminator(far.certificate.fingerprint), [stranger], 0);
  const [asked] = victim.sent();
  const [hello] = asked ? unsealStartup(far, asked.bytes) : [];
  assert.ok(hello);
  const { tag } = readIHello(hello.payload);
  const bytes = sealStartup(far, 0, 0, (writer) =>
    writeRHello(writer, {
      tagEcho: tag,
      cookie: new Uint8Array(cookieBytes),
      responderCertificate: far.certificate.bytes,
    }),
  );
  victim.endpoint.receive([{ bytes, path: { link: 0, address: stranger } }], 0);
  return victim.sent();
}

test("§2.3.4 an RHello with a cookie that is too long is no answer", () => {
  for (const length of lengths.filter((bytes) => bytes > 1_024)) {
    assert.equal(answered(new Victim(), length).length, 0, `${length}`);
  }
});

test("§2.3.6 a new cookie that is too long is none", () => {
  const victim = new Victim();
  const [keying] = answered(victim, 64);
  const [chunk] = keying ? unsealStartup(far, keying.bytes) : [];
  assert.ok(chunk);
  const { initiatorSessionId, cookieEcho: oldCookie } = readIIKeying(chunk.payload);
  const change = (cookieBytes: number): number =>
    victim.hear((writer) => {
      writeCookieChange(writer, { oldCookie, newCookie: new Uint8Array(cookieBytes) });
    }, initiatorSessionId);
  for (const length of lengths.filter((bytes) => bytes > 1_024)) {
    assert.equal(change(length), 0, `${length}`);
  }
  assert.ok(change(1_024) > 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "../../../protocol/bytes/hex.ts";
import {
  peerDiscriminator,
  writeEndpointDiscriminator,
} from "../../../protocol/crypto/endpoint-discriminator.ts";
import { type CandidateAddress, formatAddress } from "../../../protocol/wire/address.ts";
import type { FIHello } from "../../../protocol/wire/chunks/fihello.ts";
import type { IHello } from "../../../protocol/wire/chunks/ihello.ts";
import { Introducer } from "../../../rendezvous/introducer.ts";
import { MemoryRegistry } from "../../../rendezvous/registry/memory-registry.ts";
import type { Introducible } from "../../../rendezvous/registry/registry.ts";

const ID = "ab".repeat(32);
const tag = new Uint8Array(16).fill(7);
const hello: IHello = { endpointDiscriminator: peerDiscriminator(fromHex(ID)), tag };
const from = { ip: "198.51.100.7", port: 5000 };

/** An introducer with one peer, and what it does in order. */
function setup(): {
  introducer: Introducer;
  done: string[];
  redirects: (readonly CandidateAddress[])[];
  hellos: FIHello[];
} {
  const done: string[] = [];
  const redirects: (readonly CandidateAddress[])[] = [];
  const hellos: FIHello[] = [];
  const peer: Introducible = {
    id: ID,
    observed: { ip: "192.0.2.1", port: 1000 },
    reported: [
      { ip: "192.0.2.1", port: 1000 },
      { ip: "10.0.0.5", port: 1935 },
      { ip: "2001:db8::5", port: 1935 },
    ],
    hasUdp: true,
    introduction: {},
    notify: () => undefined,
    forwardHello: (forwarded) => {
      done.push("hello");
      hellos.push(forwarded);
    },
  };
  const registry = new MemoryRegistry();
  registry.find = (id, found) => {
    if (id === ID) found(peer);
  };
  const introducer = new Introducer(registry, {
    redirect: (link, to, tagEcho, destinations) => {
      done.push(`redirect ${link} ${formatAddress(to)} ${tagEcho === tag}`);
      redirects.push(destinations);
    },
    turn: (change) => change(0),
  });
  return { introducer, done, redirects, hellos };
}

test("RFC 7016 §3.5.1.5 Redirect first, then the hello: observed before reported addresses", () => {
  const { introducer, done, redirects, hellos } = setup();
  introducer.introduce({ hello, link: 3, from }, 0);
  assert.deepEqual(done, ["redirect 3 198.51.100.7:5000 true", "hello"]);
  assert.deepEqual(redirects, [
    [
      { ip: "192.0.2.1", port: 1000, origin: 2 },
      { ip: "10.0.0.5", port: 1935, origin: 1 },
      { ip: "2001:db8::5", port: 1935, origin: 1 },
    ],
  ]);
  assert.deepEqual(hellos, [{ ...hello, replyAddress: { ...from, origin: 2 } }]);
});

test("a peer is not introduced to itself", () => {
  const { introducer, done } = setup();
  introducer.introduce({ hello, link: 0, from: { ip: "192.0.2.1", port: 1000 } }, 0);
  assert.deepEqual(done, []);
});

test("a discriminator without a fingerprint, or a broken one, selects nobody", () => {
  const { introducer, done } = setup();
  const hostname = new TextEncoder().encode("example.org");
  for (const endpointDiscriminator of [
    writeEndpointDiscriminator({ hostname }),
    Uint8Array.of(0x21, 0x0f, 1, 2, 3),
    Uint8Array.of(0x02, 0x0f, 1),
  ]) {
    introducer.introduce({ hello: { endpointDiscriminator, tag }, link: 0, from }, 0);
  }
  assert.deepEqual(done, []);
  assert.equal(introducer.stats.malformed, 2);
});

test("the addresses of an IPv6 network are one source", () => {
  const { introducer, hellos } = setup();
  for (let host = 1; host <= 1_000; host += 1) {
    const ip = `2001:db8:1:2::${host.toString(16)}`;
    introducer.introduce({ hello, link: 0, from: { ip, port: 1 } }, 0);
  }
  assert.equal(hellos.length, 100);
  introducer.introduce({ hello, link: 0, from: { ip: "2001:db8:1:3::1", port: 1 } }, 0);
  assert.equal(hellos.length, 101);
  assert.deepEqual(introducer.stats, { introductions: 101, limited: 900, malformed: 0 });
});

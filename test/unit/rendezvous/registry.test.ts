import assert from "node:assert/strict";
import { test } from "node:test";
import type { FIHello } from "../../../protocol/wire/chunks/fihello.ts";
import {
  ConnectedPeer,
  MAX_REPORTED_ADDRESSES,
} from "../../../rendezvous/registry/connected-peer.ts";
import { MemoryRegistry } from "../../../rendezvous/registry/memory-registry.ts";
import { isRefusal } from "../../support/rendezvous-refusal.ts";

class FakeSession {
  readonly destination: { readonly ip: string; readonly port: number };
  readonly roundTripMs = undefined;
  readonly hellos: FIHello[] = [];

  constructor(ip = "192.0.2.1") {
    this.destination = { ip, port: 1935 };
  }

  forwardHello(hello: FIHello): void {
    this.hellos.push(hello);
  }
}

function peer(id: string, session = new FakeSession()): ConnectedPeer {
  const facts = { id, app: "chat", certificate: new Uint8Array(), isProven: true };
  return new ConnectedPeer(facts, session, 0);
}

function find(registry: MemoryRegistry, id: string): string | undefined {
  let found: string | undefined;
  registry.find(id, (one) => {
    found = one.id;
  });
  return found;
}

test("a peer can be found when it has sent setPeerInfo, until it is gone", () => {
  const registry = new MemoryRegistry();
  const one = peer("a");
  registry.add(one);
  assert.equal(find(registry, "a"), undefined);
  one.setPeerInfo([]);
  registry.update();
  assert.equal(find(registry, "a"), "a");
  assert.equal(find(registry, "b"), undefined);
  registry.remove(one);
  assert.equal(find(registry, "a"), undefined);
});

test("a peer that connects again replaces itself; the end of the old one does not end the new", () => {
  const registry = new MemoryRegistry(1);
  const [old, young] = [peer("a"), peer("a")];
  registry.add(old);
  registry.add(young);
  registry.remove(old);
  assert.deepEqual([...registry.peers], [young]);
});

test("more peers than the limit are refused", () => {
  const registry = new MemoryRegistry(2);
  registry.add(peer("a"));
  registry.add(peer("b"));
  assert.throws(() => registry.add(peer("c")), isRefusal("FULL"));
  assert.equal(registry.size, 2);
});

test("RFC 7425 §5.3.3 a peer is behind a NAT if and only if it does not list where we see it", () => {
  const one = peer("a");
  assert.equal(one.isBehindNat, undefined);
  one.setPeerInfo([]);
  assert.equal(one.isBehindNat, true);
  one.setPeerInfo(["192.168.0.2:1935", "192.0.2.1:1936"]);
  assert.equal(one.isBehindNat, true);
  one.setPeerInfo(["192.168.0.2:1935", "192.0.2.1:1935"]);
  assert.equal(one.isBehindNat, false);
});

test("§5.3.3 of the reported addresses those are kept that others can use, once, up to a limit", () => {
  const one = peer("a");
  const malformed = one.setPeerInfo([
    "127.0.0.1:1",
    "[fe80::1]:1",
    "10.0.0.1:1",
    "10.0.0.1:1",
    1,
    "10.0.0.1",
  ]);
  assert.equal(malformed, 2);
  assert.deepEqual(one.reported, [{ ip: "10.0.0.1", port: 1 }]);
  one.setPeerInfo(Array.from({ length: 100 }, (_, index) => `10.0.0.1:${index + 1}`));
  assert.equal(one.reported.length, MAX_REPORTED_ADDRESSES);
  const local = peer("b", new FakeSession("127.0.0.1"));
  local.setPeerInfo(["127.0.0.1:1935", "[::1]:1"]);
  assert.equal(local.reported.length, 2);
  assert.equal(local.isBehindNat, false);
});

test("hellos for a peer are passed on as long as they do not come too fast", () => {
  const session = new FakeSession();
  const one = peer("a", session);
  const hello: FIHello = {
    endpointDiscriminator: new Uint8Array(0),
    replyAddress: { ip: "192.0.2.2", port: 1, origin: 2 },
    tag: new Uint8Array(16),
  };
  for (let index = 0; index < 1_000; index += 1) one.forwardHello(hello, 0);
  assert.equal(session.hellos.length, 100);
  one.forwardHello(hello, 1_000);
  assert.equal(session.hellos.length, 101);
});

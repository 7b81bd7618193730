import assert from "node:assert/strict";
import { test } from "node:test";
import type { Link } from "../../../protocol/io.ts";
import { type Address, formatAddress } from "../../../protocol/wire/address.ts";
import { type Host, Lab, type NatSettings } from "../../lab/index.ts";

const SERVER = { ip: "198.51.100.10", port: 3478 };

/** What arrives at a host's address: sender and text. */
async function open(host: Host, local: Address): Promise<{ link: Link; heard: string[] }> {
  const heard: string[] = [];
  const link = await host.io.bind(local, (bytes, from) => {
    heard.push(`${formatAddress(from)} ${new TextDecoder().decode(bytes)}`);
  });
  return { link, heard };
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

function home(lab: Lab, ip: string, nat?: NatSettings): Host {
  return lab.router(ip, { nat }).host("192.168.1.2");
}

test("a host behind a NAT is seen at the router's address, and hears the answer", async () => {
  const lab = new Lab({ seed: 1 });
  const server = await open(lab.host(SERVER.ip), SERVER);
  const inside = await open(home(lab, "203.0.113.2", { allocation: { kind: "preserving" } }), {
    ip: "0.0.0.0",
    port: 5000,
  });
  inside.link.send(text("hello"), SERVER);
  await lab.advance(10);
  assert.deepEqual(server.heard, ["203.0.113.2:5000 hello"]);
  server.link.send(text("welcome"), { ip: "203.0.113.2", port: 5000 });
  server.link.send(text("nobody asked"), { ip: "203.0.113.2", port: 5001 });
  await lab.advance(10);
  assert.deepEqual(inside.heard, ["198.51.100.10:3478 welcome"]);
});

test("homes with the same private addresses do not meet", async () => {
  const lab = new Lab({ seed: 1 });
  const one = await open(home(lab, "203.0.113.2"), { ip: "192.168.1.2", port: 1 });
  const neighbour = home(lab, "203.0.113.3");
  const other = await open(neighbour, { ip: "192.168.1.2", port: 2 });
  one.link.send(text("?"), { ip: "192.168.1.2", port: 2 });
  await lab.advance(100);
  assert.deepEqual([one.heard, other.heard], [[], []]);
});

test("behind two NATs: each translates, and the answer finds its way back", async () => {
  const lab = new Lab({ seed: 1 });
  const server = await open(lab.host(SERVER.ip), SERVER);
  const cgn = lab.router("203.0.113.10", {
    nat: { allocation: { kind: "sequential", startPort: 7000 } },
  });
  const host = cgn.router("100.64.0.2").host("192.168.1.2");
  const inside = await open(host, { ip: "0.0.0.0", port: 5000 });
  inside.link.send(text("hello"), SERVER);
  await lab.advance(10);
  assert.deepEqual(server.heard, ["203.0.113.10:7000 hello"]);
  server.link.send(text("welcome"), { ip: "203.0.113.10", port: 7000 });
  await lab.advance(10);
  assert.deepEqual(inside.heard, ["198.51.100.10:3478 welcome"]);
});

for (const [hairpin, seen] of [
  ["none", undefined],
  ["internal-source", "192.168.1.2:5000"],
  ["external-source", "203.0.113.2:5000"],
] as const) {
  test(`RFC 4787 §6 hairpin ${hairpin}: neighbours by their outside addresses`, async () => {
    const lab = new Lab({ seed: 1 });
    const nat: NatSettings = {
      allocation: { kind: "preserving" },
      filtering: "endpoint-independent",
      hairpin,
    };
    const router = lab.router("203.0.113.2", { nat });
    const one = await open(router.host("192.168.1.2"), { ip: "0.0.0.0", port: 5000 });
    const other = await open(router.host("192.168.1.3"), { ip: "0.0.0.0", port: 6000 });
    other.link.send(text("map me"), SERVER);
    one.link.send(text("hi"), { ip: "203.0.113.2", port: 6000 });
    await lab.advance(10);
    assert.deepEqual(other.heard, seen === undefined ? [] : [`${seen} hi`]);
  });
}

test("hop limit: a router passes on what is left, and nothing at 0", async () => {
  const lab = new Lab({ seed: 1, hops: 3 });
  const server = await open(lab.host(SERVER.ip), SERVER);
  const inside = await open(home(lab, "203.0.113.2"), { ip: "0.0.0.0", port: 5000 });
  const fates: string[] = [];
  lab.tap(({ fate, datagram }) => fates.push(`${fate} ${datagram.hops}`));
  for (const hops of [1, 2, 4, 5]) {
    inside.link.send(text(`${hops}`), SERVER, hops);
    await lab.advance(10);
  }
  assert.equal(server.heard.length, 1);
  assert.deepEqual(fates, [
    "sent 1",
    "hop-drop 1",
    "sent 2",
    "hop-drop 1",
    "sent 4",
    "hop-drop 3",
    "sent 5",
    "delivered 1",
  ]);
});

test("IPv6: no translation, and a firewall that lets in only what was asked for", async () => {
  const lab = new Lab({ seed: 1 });
  const far = await open(lab.host("2001:db8:5::10"), { ip: "::", port: 3478 });
  const stranger = await open(lab.host("2001:db8:6::1"), { ip: "::", port: 3478 });
  const router = lab.router("203.0.113.2", { also: ["2001:db8:a::1"] });
  const host = router.host("192.168.1.2", { also: ["2001:db8:a::2"] });
  const inside = await open(host, { ip: "::", port: 5000 });
  stranger.link.send(text("early"), { ip: "2001:db8:a::2", port: 5000 });
  inside.link.send(text("hello"), { ip: "2001:db8:5::10", port: 3478 });
  await lab.advance(10);
  assert.deepEqual(far.heard, ["[2001:db8:a::2]:5000 hello"]);
  far.link.send(text("welcome"), { ip: "2001:db8:a::2", port: 5000 });
  stranger.link.send(text("late"), { ip: "2001:db8:a::2", port: 5000 });
  await lab.advance(10);
  assert.deepEqual(inside.heard, ["[2001:db8:5::10]:3478 welcome"]);
});

test("a host on two networks sends from the address it is bound to", async () => {
  const lab = new Lab({ seed: 1 });
  const server = await open(lab.host(SERVER.ip), SERVER);
  const wifi = lab.router("203.0.113.2", { nat: { allocation: { kind: "preserving" } } });
  const cellular = lab.router("203.0.113.3", { nat: { allocation: { kind: "preserving" } } });
  const host = wifi.host("192.168.1.2");
  cellular.lan.attach(host, "10.7.0.2");
  assert.deepEqual(host.ips, ["192.168.1.2", "10.7.0.2"]);
  const any = await open(host, { ip: "0.0.0.0", port: 1000 });
  const second = await open(host, { ip: "10.7.0.2", port: 1001 });
  any.link.send(text("a"), SERVER);
  second.link.send(text("b"), SERVER);
  await lab.advance(10);
  host.leave("192.168.1.2");
  any.link.send(text("c"), SERVER);
  await lab.advance(10);
  assert.deepEqual(server.heard, [
    "203.0.113.2:1000 a",
    "203.0.113.3:1001 b",
    "203.0.113.3:1000 c",
  ]);
});

test("a router that moves or restarts: old mappings are gone, new ones come by sending", async () => {
  const lab = new Lab({ seed: 1 });
  const server = await open(lab.host(SERVER.ip), SERVER);
  const router = lab.router("203.0.113.2", {
    nat: { allocation: { kind: "sequential", startPort: 7000 } },
  });
  const inside = await open(router.host("192.168.1.2"), { ip: "0.0.0.0", port: 5000 });
  const say = async (): Promise<void> => {
    inside.link.send(text("x"), SERVER);
    await lab.advance(10);
  };
  await say();
  router.rebind();
  server.link.send(text("lost"), { ip: "203.0.113.2", port: 7000 });
  await lab.advance(10);
  await say();
  router.move("203.0.113.9");
  await say();
  assert.deepEqual(server.heard, [
    "203.0.113.2:7000 x",
    "203.0.113.2:7001 x",
    "203.0.113.9:7002 x",
  ]);
  assert.deepEqual(inside.heard, []);
  assert.throws(() => router.move("198.51.100.10"), RangeError);
  assert.throws(() => router.move("203.0.113.8", "203.0.113.2"), RangeError);
});

test("a network that blocks UDP lets nothing of it pass", async () => {
  const lab = new Lab({ seed: 1 });
  const server = await open(lab.host(SERVER.ip), SERVER);
  const inside = await open(home(lab, "203.0.113.2", { blocksUdp: true }), {
    ip: "0.0.0.0",
    port: 5000,
  });
  inside.link.send(text("hello"), SERVER);
  await lab.advance(10);
  assert.deepEqual(server.heard, []);
});

test("LAN and access lines have their own conditions", async () => {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 10 } });
  await lab.host(SERVER.ip).io.bind(SERVER, () => arrivals.push(lab.now));
  const arrivals: number[] = [];
  const router = lab.router("203.0.113.2", { up: { delayMs: 5 }, lan: { delayMs: 1 } });
  const one = await open(router.host("192.168.1.2", { up: { delayMs: 2 } }), {
    ip: "0.0.0.0",
    port: 1,
  });
  await router.host("192.168.1.3").io.bind({ ip: "0.0.0.0", port: 2 }, () => {
    arrivals.push(lab.now);
  });
  one.link.send(text("x"), SERVER);
  one.link.send(text("y"), { ip: "192.168.1.3", port: 2 });
  await lab.advance(100);
  assert.deepEqual(arrivals, [3, 18]);
  router.setAccess({ loss: 1 });
  one.link.send(text("x"), SERVER);
  await lab.advance(100);
  assert.equal(arrivals.length, 2);
});

test("a router's settings are checked", () => {
  const lab = new Lab({ seed: 1 });
  const router = (nat: object): unknown => lab.router("203.0.113.2", { nat });
  assert.throws(() => router({ maping: "none" }), { name: "RangeError", message: /maping/ });
  assert.throws(() => router({ mapping: "symmetric" }), { name: "RangeError", message: /mapping/ });
  assert.throws(() => router({ firstPort: 9, lastPort: 8 }), RangeError);
  assert.throws(() => router({ allocation: { kind: "block", size: 70_000 } }), RangeError);
  assert.throws(() => router({ allocation: { kind: "lucky" } }), RangeError);
  lab.router("203.0.113.2");
  assert.throws(() => lab.host("203.0.113.2"), RangeError);
});

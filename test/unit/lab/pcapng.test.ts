import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { formatIp } from "../../../protocol/wire/ip.ts";
import { Capture, Lab } from "../../lab/index.ts";

interface Block {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Reads a file as the format says, and nothing else. */
function blocks(file: Uint8Array): Block[] {
  const reader = new Reader(file);
  const found: Block[] = [];
  while (reader.remaining > 0) {
    const type = reader.u32();
    const length = reader.u32();
    assert.equal(length % 4, 0);
    found.push({ type, body: reader.bytes(length - 12) });
    assert.equal(reader.u32(), length);
  }
  return found;
}

interface Packet {
  readonly at: number;
  readonly flags: number;
  readonly packet: Uint8Array;
}

function packetOf({ type, body }: Block): Packet {
  assert.equal(type, 6);
  const reader = new Reader(body);
  assert.equal(reader.u32(), 0);
  const at = (reader.u32() * 2 ** 32 + reader.u32()) / 1e6;
  const length = reader.u32();
  assert.equal(reader.u32(), length);
  const packet = reader.bytes(length);
  reader.bytes(-length & 3);
  assert.deepEqual([reader.u16(), reader.u16()], [2, 4]);
  const flags = reader.u32();
  assert.deepEqual([reader.u32(), reader.remaining], [0, 0]);
  return { at, flags, packet };
}

/** The one's complement sum of 16-bit words, RFC 1071: 0xffff over what carries its own checksum. */
function sum(...pieces: readonly Uint8Array[]): number {
  let total = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += 2) {
      total += (piece[at] ?? 0) * 256 + (piece[at + 1] ?? 0);
    }
  }
  while (total > 0xffff) total = (total % 0x1_0000) + Math.floor(total / 0x1_0000);
  return total;
}

interface Fields {
  readonly from: string;
  readonly to: string;
  readonly protocol: number;
  readonly hops: number;
  readonly ports: readonly [number, number];
  readonly payload: Uint8Array;
}

/** An IP packet with UDP or TCP, every length and checksum tested. */
function parsePacket(packet: Uint8Array): Fields {
  const isV6 = (packet[0] ?? 0) >> 4 === 6;
  const reader = new Reader(packet);
  let [length, protocol, hops] = [0, 0, 0];
  if (isV6) {
    reader.u32();
    [length, protocol, hops] = [reader.u16(), reader.u8(), reader.u8()];
  } else {
    assert.equal(reader.u16(), 0x4500);
    length = reader.u16() - 20;
    reader.u32();
    [hops, protocol] = [reader.u8(), reader.u8()];
    reader.u16();
    assert.equal(sum(packet.subarray(0, 20)), 0xffff);
  }
  const addresses = reader.bytes(isV6 ? 32 : 8);
  const transport = reader.bytes(length);
  assert.equal(reader.remaining, 0);
  const pseudo = Uint8Array.of(0, 0, length >> 8, length, 0, 0, 0, protocol);
  assert.equal(sum(addresses, pseudo, transport), 0xffff);
  const half = addresses.length / 2;
  const inner = new Reader(transport);
  const ports = [inner.u16(), inner.u16()] as const;
  if (protocol === 17) assert.equal(inner.u16(), length);
  return {
    from: formatIp(addresses.subarray(0, half)),
    to: formatIp(addresses.subarray(half)),
    protocol,
    hops,
    ports,
    payload: transport.subarray(protocol === 17 ? 8 : 20),
  };
}

test("a capture holds what passes the host's link, as seen there, at virtual times", async () => {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 1.5 } });
  const server = await lab
    .host("198.51.100.10")
    .io.bind({ ip: "198.51.100.10", port: 9 }, () => {});
  const nat = { allocation: { kind: "preserving" } } as const;
  const host = lab.router("203.0.113.2", { nat }).host("192.168.1.2");
  const capture = new Capture(host, { epochMs: 1_700_000_000_000 });
  const link = await host.io.bind({ ip: "0.0.0.0", port: 5000 }, () => {});
  link.send(Uint8Array.of(1, 2, 3), server.address, 17);
  await lab.advance(100);
  server.send(Uint8Array.of(4), { ip: "203.0.113.2", port: 5000 });
  await lab.advance(100);
  capture.stop();
  link.send(Uint8Array.of(9), server.address);
  assert.equal(capture.packets, 2);

  const [header, description, ...packets] = blocks(capture.bytes());
  assert.deepEqual([header?.type, description?.type], [0x0a0d0d0a, 1]);
  assert.deepEqual([...(header?.body.subarray(0, 8) ?? [])], [0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0]);
  assert.equal(new Reader(description?.body ?? new Uint8Array(0)).u16(), 101);
  const [out, back] = packets.map(packetOf);
  assert.ok(out && back);
  assert.deepEqual([out.flags, back.flags], [2, 1]);
  assert.ok(Math.abs(out.at - 1_700_000_000_000) < 0.001);
  assert.ok(Math.abs(back.at - 1_700_000_000_101.5) < 0.001);
  assert.deepEqual(parsePacket(out.packet), {
    from: "192.168.1.2",
    to: "198.51.100.10",
    protocol: 17,
    hops: 17,
    ports: [5000, 9],
    payload: Uint8Array.of(1, 2, 3),
  });
  const { hops, ports } = parsePacket(back.packet);
  assert.deepEqual([hops, ports], [64 - 8 - 1, [9, 5000]]);
});

test("any payload, of either family and protocol, has right lengths and checksums", async () => {
  const ips = fc.constantFrom(["10.0.0.1", "10.0.0.2"], ["2001:db8::1", "2001:db8::2"] as const);
  const property = fc.asyncProperty(ips, fc.uint8Array({ maxLength: 70 }), async (pair, bytes) => {
    const lab = new Lab({ seed: 1 });
    const [ip = "", farIp = ""] = pair;
    const [host, far] = [lab.host(ip), lab.host(farIp)];
    const capture = new Capture(host);
    const link = await host.io.bind({ ip, port: 5 }, () => {});
    link.send(bytes, { ip: farIp, port: 6 });
    far.listenTcp(80, () => {});
    const socket = await lab.complete(host.connectTcp({ ip: farIp, port: 80 }), 1000);
    socket.send(bytes);
    await lab.advance(1000);
    const packets = blocks(capture.bytes())
      .slice(2)
      .map((one) => parsePacket(packetOf(one).packet));
    const carried = packets.filter(({ payload }) => payload.length > 0);
    assert.equal(carried.length, bytes.length > 0 ? 2 : 0);
    for (const { payload, from } of carried) assert.deepEqual([from, payload], [ip, bytes]);
    assert.ok(packets.some(({ protocol }) => protocol === 6));
  });
  await fc.assert(property, { numRuns: 40 });
});

test("a capture takes no more than it may", async () => {
  const lab = new Lab({ seed: 1 });
  const host = lab.host("10.0.0.1");
  const capture = new Capture(host, { maxBytes: 2000 });
  const link = await host.io.bind({ ip: "10.0.0.1", port: 5 }, () => {});
  for (let count = 0; count < 50; count += 1) link.send(new Uint8Array(100), link.address);
  assert.ok(capture.bytes().length <= 2000 && capture.packets > 0);
});

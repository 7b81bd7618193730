import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Address } from "../../../../protocol/wire/address.ts";
import { LINUX_NAT, Nat, type NatSettings, type NatVerdict, Prng } from "../../../lab/index.ts";
import { NAT_DEFAULTS } from "../../../lab/nat/config.ts";

const OUTSIDE = "203.0.113.2";
const A: Address = { ip: "192.168.1.2", port: 5000 };
const A2: Address = { ip: "192.168.1.3", port: 5000 };
const FAR: Address = { ip: "198.51.100.10", port: 3478 };
const FAR2: Address = { ip: "198.51.100.11", port: 3478 };
const PRESERVING: NatSettings = { allocation: { kind: "preserving" } };

/** A NAT for UDP in short words. */
class Bench {
  readonly nat: Nat;

  constructor(settings: NatSettings, seed = 1) {
    this.nat = new Nat(settings, OUTSIDE, new Prng(seed));
  }

  /** The outside port, or why there is none. */
  out(from: Address, to: Address, now: number): number | string {
    const verdict = this.nat.outbound({ protocol: "udp", from, to }, now);
    return typeof verdict === "string" ? verdict : verdict.from.port;
  }

  in(from: Address, port: number, now: number): NatVerdict {
    return this.nat.inbound({ protocol: "udp", from, to: { ip: OUTSIDE, port } }, now);
  }

  hears(from: Address, port: number, now: number): boolean {
    return typeof this.in(from, port, now) !== "string";
  }
}

test("RFC 4787 REQ-5: a mapping ends when nothing has refreshed it for its time", () => {
  const bench = new Bench({
    ...PRESERVING,
    udp: { unrepliedMs: 30, repliedMs: 120, repliedAfterMs: 0 },
  });
  assert.equal(bench.out(A, FAR, 0), 5000);
  assert.ok(bench.hears(FAR, 5000, 29));
  // Answered, but only an outbound packet refreshes.
  assert.ok(!bench.hears(FAR, 5000, 30));
  bench.out(A, FAR, 40);
  assert.ok(bench.hears(FAR, 5000, 69));
  bench.out(A, FAR, 69);
  assert.ok(bench.hears(FAR, 5000, 188));
  assert.ok(!bench.hears(FAR, 5000, 189));
});

test("timers that are left out are those of the defaults", () => {
  const { nat } = new Bench({ udp: { unrepliedMs: 30 } });
  assert.deepEqual(nat.config.udp, { ...NAT_DEFAULTS.udp, unrepliedMs: 30 });
});

test("RFC 4787 REQ-6: refreshed by inbound packets too, if so configured", () => {
  const udp = { unrepliedMs: 30, repliedMs: 30, repliedAfterMs: 0 };
  const bench = new Bench({ ...PRESERVING, udp, refresh: "both" });
  bench.out(A, FAR, 0);
  for (let now = 20; now < 1000; now += 20) assert.ok(bench.hears(FAR, 5000, now));
});

test("the kernel's timers: 30 s, and 120 s once answered and older than 2 s", () => {
  const bench = new Bench(LINUX_NAT);
  bench.out(A, FAR, 0);
  bench.in(FAR, 5000, 10);
  assert.ok(!bench.hears(FAR, 5000, 30_010));
  bench.out(A, FAR, 40_000);
  bench.in(FAR, 5000, 40_010);
  bench.out(A, FAR, 42_000);
  assert.ok(bench.hears(FAR, 5000, 161_999));
});

test("REQ-3: a port is used once, unless ports are overloaded", () => {
  const strict = new Bench(PRESERVING);
  assert.equal(strict.out(A, FAR, 0), 5000);
  assert.notEqual(strict.out(A2, FAR2, 0), 5000);
  assert.equal(strict.nat.mappings, 2);
});

test("the kernel overloads: one port toward different far ends, another toward the same", () => {
  const bench = new Bench(LINUX_NAT);
  assert.equal(bench.out(A, FAR, 0), 5000);
  assert.equal(bench.out(A2, FAR2, 0), 5000);
  const other = bench.out(A2, FAR, 0);
  assert.ok(typeof other === "number" && other !== 5000);
  assert.deepEqual(bench.in(FAR, 5000, 1), { from: FAR, to: A });
  assert.deepEqual(bench.in(FAR2, 5000, 1), { from: FAR2, to: A2 });
  assert.deepEqual(bench.in(FAR, other, 1), { from: FAR, to: A2 });
});

test("an early packet poisons a router that accepts it, for as long as it is remembered", () => {
  const accepting: NatSettings = { ...LINUX_NAT, unsolicited: "accept" };
  for (const [settings, isPoisoned] of [
    [LINUX_NAT, false],
    [{ ...LINUX_NAT, unsolicited: "reject" }, false],
    [accepting, true],
  ] as const) {
    const bench = new Bench(settings);
    bench.out(A, FAR, 0);
    assert.equal(bench.in(FAR2, 5000, 5), "filtered");
    assert.equal(bench.out(A, FAR2, 10) !== 5000, isPoisoned);
    assert.equal(bench.out(A, FAR, 10), 5000);
  }
  const patient = new Bench(accepting);
  patient.in(FAR2, 5000, 0);
  assert.equal(patient.out(A, FAR2, 30_000), 5000);
});

test("a full table takes no new mapping until one has expired", () => {
  const bench = new Bench({
    maxMappings: 2,
    udp: { unrepliedMs: 30, repliedMs: 30, repliedAfterMs: 0 },
  });
  const from = (port: number): Address => ({ ip: A.ip, port });
  const first = bench.out(from(1), FAR, 0);
  bench.out(from(2), FAR, 10);
  assert.equal(bench.out(from(3), FAR, 20), "exhausted");
  assert.equal(bench.out(from(1), FAR, 20), first);
  assert.equal(typeof bench.out(from(3), FAR, 45), "number");
  assert.equal(bench.out(from(4), FAR, 45), "exhausted");
});

test("when all ports are in use: exhausted, for every way to allocate", () => {
  for (const kind of ["preserving", "random", "sequential"] as const) {
    const bench = new Bench({ allocation: { kind }, firstPort: 2000, lastPort: 2009 });
    const ports = Array.from({ length: 10 }, (_, host) =>
      bench.out({ ip: `192.168.1.${host}`, port: 2000 + host }, FAR, 0),
    );
    assert.equal(new Set(ports).size, 10);
    assert.equal(bench.out({ ip: "192.168.2.1", port: 2000 }, FAR, 0), "exhausted");
  }
  const blocks = new Bench({
    allocation: { kind: "block", size: 5 },
    firstPort: 2000,
    lastPort: 2009,
  });
  assert.equal(typeof blocks.out(A, FAR, 0), "number");
  assert.equal(typeof blocks.out(A2, FAR, 0), "number");
  assert.equal(blocks.out({ ip: "192.168.1.9", port: 1 }, FAR, 0), "exhausted");
});

test("a TCP reset ends what it passes through", () => {
  const nat = new Nat({ ...LINUX_NAT, unsolicited: "reject" }, OUTSIDE, new Prng(1));
  const syn = { protocol: "tcp", from: A, to: FAR } as const;
  const answer = { protocol: "tcp", from: FAR, to: { ip: OUTSIDE, port: A.port } } as const;
  nat.outbound(syn, 0);
  assert.deepEqual(nat.inbound({ ...answer, isReset: true }, 1), { from: FAR, to: A });
  assert.equal(nat.inbound(answer, 2), "rejected");
  assert.equal(nat.inbound({ ...answer, isReset: true }, 2), "filtered");
});

/** A NAT without tables: what must pass follows from the list of all packets so far. */
test("what passes is what RFC 4787's words say of the packets before, whatever they were", () => {
  const dependence = fc.constantFrom(
    "endpoint-independent",
    "address-dependent",
    "address-and-port-dependent",
  );
  const far = fc.record({
    ip: fc.constantFrom("198.51.100.1", "198.51.100.2"),
    port: fc.constantFrom(1, 2),
  });
  const step = fc.record({
    isOut: fc.boolean(),
    host: fc.constantFrom(A, A2),
    far,
    waitMs: fc.nat(60),
  });
  const steps = fc.array(step, { maxLength: 40 });
  const udp = { unrepliedMs: 100, repliedMs: 100, repliedAfterMs: 0 };
  const property = fc.property(dependence, dependence, steps, (mapping, filtering, list) => {
    const bench = new Bench({ mapping, filtering, udp });
    const sent: { at: number; host: Address; far: Address; port: number }[] = [];
    const same = (by: string, one: Address, other: Address): boolean =>
      by === "endpoint-independent" ||
      (one.ip === other.ip && (by === "address-dependent" || one.port === other.port));
    let now = 0;
    for (const { isOut, host, far: to, waitMs } of list) {
      now += waitMs;
      const recent = sent.filter(({ at }) => now - at < 100);
      if (isOut) {
        const port = Number(bench.out(host, to, now));
        const known = recent.find((one) => one.host === host && same(mapping, one.far, to));
        if (known) assert.equal(port, known.port);
        else assert.ok(recent.every((one) => one.port !== port));
        sent.push({ at: now, host, far: to, port });
      } else {
        const target = sent.at(-1);
        if (!target) continue;
        const users = recent.filter(({ port }) => port === target.port);
        const asked = users.find((one) => same(filtering, one.far, to));
        const verdict = bench.in(to, target.port, now);
        if (asked) assert.deepEqual(verdict, { from: to, to: asked.host });
        else assert.equal(verdict, "filtered");
      }
    }
  });
  fc.assert(property, { numRuns: 500 });
});

/** What two Linux kernels did in network namespaces, and the lab must do as well. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../../../../protocol/wire/address.ts";
import { type Host, Lab, LINUX_NAT, type NatSettings, type Router } from "../../../lab/index.ts";
import { NatProbe, TARGETS } from "../../../support/nat-probe.ts";

const DROP: NatSettings = LINUX_NAT;
const ACCEPT: NatSettings = { ...LINUX_NAT, unsolicited: "accept" };
const REJECT: NatSettings = { ...LINUX_NAT, unsolicited: "reject" };
const RANDOM: NatSettings = { ...LINUX_NAT, allocation: { kind: "random" } };
/** Enough to pass the own NATs, too little for the internet. */
const OPENER_HOPS = 4;

interface Punch {
  /** How much later the first side starts. */
  readonly lateMs?: number;
  /** Rounds of probes that do not reach the far NAT: of the first side and of the second. */
  readonly openers?: readonly [number, number];
}

/** Both sides learn where the server sees them, then probe each other every 50 ms, twenty times. */
async function punch(lab: Lab, hosts: readonly [Host, Host], how: Punch = {}): Promise<boolean> {
  const probe = await NatProbe.start(lab);
  const heard = [false, false];
  const sides: { send(round: number): void }[] = [];
  const seen: Address[] = [];
  for (const [index, host] of hosts.entries()) {
    const link = await host.io.bind({ ip: "0.0.0.0", port: 5000 + index }, (bytes, from) => {
      heard[index] = true;
      if (bytes[0] === 0) link.send(Uint8Array.of(1), from);
    });
    const at = TARGETS[0] && (await probe.map(link, TARGETS[0]));
    assert.ok(at);
    seen.push(at);
    const openers = how.openers?.[index] ?? 0;
    sides.push({
      send: (round) => {
        const to = seen[1 - index];
        if (to) link.send(Uint8Array.of(0), to, round < openers ? OPENER_HOPS : undefined);
      },
    });
  }
  const started = lab.now;
  for (const [index, side] of sides.entries()) {
    let round = 0;
    const alarm = hosts[0].io.alarm(() => {
      side.send(round);
      round += 1;
      if (round < 20) alarm.set(lab.now + 50);
    });
    alarm.set(started + (index === 0 ? (how.lateMs ?? 0) : 0));
  }
  await lab.advance(2000);
  return heard.every(Boolean);
}

interface Homes {
  readonly lab: Lab;
  readonly hosts: readonly [Host, Host];
}

function homes(one: NatSettings, other: NatSettings, delayMs: number): Homes {
  const lab = new Lab({ seed: 1, conditions: { delayMs } });
  const host = (ip: string, nat: NatSettings): Host => lab.router(ip, { nat }).host("192.168.1.2");
  return { lab, hosts: [host("203.0.113.2", one), host("203.0.113.3", other)] };
}

async function meets(
  one: NatSettings,
  other: NatSettings,
  how: Punch,
  delayMs = 0.1,
): Promise<boolean> {
  const { lab, hosts } = homes(one, other, delayMs);
  return punch(lab, hosts, how);
}

test("fidelity: what the router does with unsolicited packets, a late start, openers", async () => {
  // Two processes never start within the 0.1 ms that a packet takes: 2 ms stand for `together`.
  for (const lateMs of [2, 300]) {
    for (const openers of [undefined, [0, 10]] as const) {
      assert.equal(await meets(DROP, DROP, { lateMs, openers: openers ?? [0, 0] }), true);
      const isOpened = openers !== undefined;
      const poisoned = await meets(ACCEPT, ACCEPT, { lateMs, openers: openers ?? [0, 0] });
      assert.equal(poisoned, isOpened, `${lateMs} ms late, openers ${openers}`);
    }
  }
  assert.equal(await meets(REJECT, REJECT, { lateMs: 2 }), true);
  assert.equal(await meets(ACCEPT, ACCEPT, { lateMs: 2, openers: [3, 3] }), true);
});

test("skew: poisoning routers tolerate a late start of up to the one-way delay, openers any", async () => {
  for (const [delayMs, lateMs, isDirect] of [
    [20, 0, true],
    [20, 10, true],
    [20, 30, false],
    [20, 60, false],
    [60, 0, true],
    [60, 30, true],
    [60, 90, false],
    [60, 180, false],
  ] as const) {
    const why = `${delayMs} ms one way, ${lateMs} ms late`;
    assert.equal(await meets(ACCEPT, ACCEPT, { lateMs }, delayMs), isDirect, why);
    assert.equal(await meets(ACCEPT, ACCEPT, { lateMs, openers: [6, 6] }, delayMs), true, why);
  }
});

test("the pairs of kernel NATs that meet by plain probes, and those that do not", async () => {
  const cone = (filtering: NatSettings["filtering"]): NatSettings => ({
    filtering,
    allocation: { kind: "preserving" },
  });
  const fixed: NatSettings = { allocation: { kind: "sequential", startPort: 20_000 } };
  const easy = [
    cone("endpoint-independent"),
    cone("address-dependent"),
    cone("address-and-port-dependent"),
    DROP,
    fixed,
  ];
  for (const one of easy) for (const other of easy) assert.ok(await meets(one, other, {}, 1));
  for (const other of easy.slice(0, 2)) assert.ok(await meets(RANDOM, other, {}, 1));
  for (const other of [...easy.slice(2), RANDOM]) assert.ok(!(await meets(RANDOM, other, {}, 1)));
});

test("masquerade behind masquerade is no worse than one", async () => {
  const lab = new Lab({ seed: 1 });
  const carrier = lab.router("203.0.113.18", { nat: DROP });
  const home = carrier.router("100.64.0.2", { nat: DROP }).host("192.168.1.2");
  const other = lab.router("203.0.113.10", { nat: DROP }).host("192.168.1.2");
  assert.ok(await punch(lab, [home, other]));
});

test("two homes behind one carrier meet if it hairpins", async () => {
  for (const [nat, isDirect] of [
    [DROP, false],
    [{ ...DROP, hairpin: "external-source" }, true],
    [{ filtering: "endpoint-independent", hairpin: "external-source" }, true],
    [RANDOM, false],
    [{ ...RANDOM, hairpin: "external-source" }, false],
  ] as const) {
    const lab = new Lab({ seed: 1 });
    const carrier = lab.router("203.0.113.18", { nat });
    const home = (ip: string): Host => carrier.router(ip, { nat: DROP }).host("192.168.1.2");
    const hosts = [home("100.64.0.2"), home("100.64.0.3")] as const;
    assert.equal(await punch(lab, hosts), isDirect, JSON.stringify(nat));
  }
});

test("30 % loss at both routers: direct all the same", async () => {
  const { lab, hosts } = homes(DROP, DROP, 1);
  lab.path("203.0.113.2", "203.0.113.3").set({ loss: 0.3 });
  lab.path("203.0.113.3", "203.0.113.2").set({ loss: 0.3 });
  assert.ok(await punch(lab, hosts));
});

test("two hosts with one source port: shared toward different far ends, random toward the same", async () => {
  for (const [nat, keeps] of [
    [DROP, true],
    [RANDOM, false],
  ] as const) {
    const lab = new Lab({ seed: 1 });
    const probe = await NatProbe.start(lab);
    const router = lab.router("203.0.113.2", { nat });
    const [first, , second] = TARGETS as [Address, Address, Address];
    const bind = (ip: string) => router.host(ip).io.bind({ ip, port: 45_000 }, () => {});
    const [a, a2] = [await bind("192.168.1.2"), await bind("192.168.1.3")];
    assert.equal((await probe.map(a, first))?.port === 45_000, keeps);
    assert.notEqual((await probe.map(a2, first))?.port, 45_000);
    assert.equal((await probe.map(a2, second))?.port === 45_000, keeps);
  }
});

test("a flush of the table keeps the port of masquerade, and changes a random one", async () => {
  for (const [nat, isSame] of [
    [DROP, true],
    [RANDOM, false],
  ] as const) {
    const lab = new Lab({ seed: 1 });
    const probe = await NatProbe.start(lab);
    const router: Router = lab.router("203.0.113.2", { nat });
    const link = await router
      .host("192.168.1.2")
      .io.bind({ ip: "0.0.0.0", port: 42_000 }, () => {});
    const [first] = TARGETS as [Address];
    const before = await probe.map(link, first);
    router.rebind();
    assert.equal((await probe.map(link, first))?.port === before?.port, isSame);
  }
});

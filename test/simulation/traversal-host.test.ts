import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger, Rendezvous } from "../../rendezvous/index.ts";
import { type Host, Lab, natClass } from "../lab/index.ts";
import { TraversingStation } from "../support/traversing-station.ts";
import { Tunnel } from "../support/tunnel.ts";

const SERVER = "198.51.100.1";
const SECOND = "198.51.100.2";

interface Stand {
  readonly lab: Lab;
  readonly one: TraversingStation;
  readonly other: TraversingStation;
  close(): Promise<void>;
}

function hostBehind(lab: Lab, end: number, key: string): Host {
  const [outer, inner] = natClass(key).layers;
  if (!outer) return lab.host(`203.0.113.${end + 100}`);
  const router = lab.router(`203.0.113.${end + 1}`, { nat: outer });
  if (!inner) return router.host(`10.0.${end}.2`);
  return router.router(`100.64.0.${end + 1}`, { nat: inner }).host(`192.168.${end}.2`);
}

/** Two endpoints behind these NATs that know their NATs from a rendezvous server. */
async function stand(seed: number, keys: readonly [string, string]): Promise<Stand> {
  const lab = new Lab({ seed, conditions: { delayMs: 20 } });
  const serverHost = lab.host(SERVER, { also: [SECOND] });
  const server = await Rendezvous.listen({
    rtmfp: [`${SERVER}:1935`, `${SECOND}:1935`],
    io: serverHost.io,
    logger: createLogger("silent"),
  });
  const tunnel = new Tunnel(lab);
  const one = await TraversingStation.start(lab, hostBehind(lab, 0, keys[0]), 0, tunnel);
  const other = await TraversingStation.start(lab, hostBehind(lab, 1, keys[1]), 1, tunnel);
  for (const end of [one, other]) end.traversal.explore({ ip: SERVER, port: 1935 });
  await lab.advance(3_500);
  return {
    lab,
    one,
    other,
    close: async () => {
      const closing = [one, other, server].map((end) => end.close());
      await lab.complete(Promise.all(closing), 60_000);
    },
  };
}

/** Lets the two meet; answers after how many ms both talk directly, if within `limitMs`. */
async function meet({ lab, one, other }: Stand, limitMs: number): Promise<number | undefined> {
  const metAt = lab.now;
  one.meet(other);
  const areDirect = (): boolean => one.isDirect && other.isDirect;
  await lab.runUntil(() => areDirect() || lab.now > metAt + limitMs, limitMs + 100);
  return areDirect() ? lab.now - metAt : undefined;
}

for (const [one, other, limitMs] of [
  ["linux", "linux", 200],
  ["linux-accept", "linux-accept", 200],
  ["cgn", "firewall", 200],
  ["eim-apdf", "apdm-apdf-sequential", 400],
  ["apdm-apdf-sequential", "adm-apdf-sequential", 400],
  ["linux", "apdm-apdf-random", 10_000],
] as const) {
  test(`a session over the relay becomes direct: ${one}, ${other}`, async () => {
    const ends = await stand(1, [one, other]);
    const ms = await meet(ends, limitMs);
    assert.ok(ms !== undefined, `${JSON.stringify(ends.one.traversal.nat)}`);
    await ends.lab.advance(5_000);
    assert.ok(ends.one.isDirect && ends.other.isDirect);
    await ends.close();
  });
}

test("a report is complete for every kind of NAT, from a server with two addresses", async () => {
  const ends = await stand(1, ["apdm-apdf-sequential", "linux"]);
  const [one, other] = [ends.one.traversal.nat, ends.other.traversal.nat];
  assert.equal(one.mapping, "address-and-port-dependent");
  assert.equal(one.filtering, "address-and-port-dependent");
  assert.deepEqual(one.allocation, { type: "sequential", step: 1 });
  assert.equal(other.mapping, "endpoint-independent");
  assert.equal(other.isMappingCertain, true);
  assert.deepEqual(other.allocation, { type: "preserving" });
  await ends.close();
});

test("a direct path that dies is left for the relay, and found again when it works again", async () => {
  const ends = await stand(2, ["linux", "linux"]);
  const { lab, one, other } = ends;
  assert.ok((await meet(ends, 200)) !== undefined);
  for (const end of [one, other]) end.rememberRelay();
  const flow = one.station.openFlow("talk");
  const talk = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 50) {
      one.station.send(flow, String(passed));
      await lab.advance(50);
    }
  };
  await talk(500);
  setLoss(lab, 1);
  await talk(3_000);
  assert.ok(!one.isDirect && !other.isDirect, "on the relay within 3 s");
  setLoss(lab, 0);
  await talk(15_000);
  assert.ok(one.isDirect && other.isDirect, "direct again");
  const texts = other.station.texts.map(Number);
  assert.equal(other.station.texts.length, (500 + 3_000 + 15_000) / 50);
  assert.ok(texts.length > 0);
  await ends.close();
});

test("when all is closed nothing is left to happen", async () => {
  const ends = await stand(3, ["linux", "apdm-apdf-random"]);
  await meet(ends, 1_000);
  await ends.close();
  const { now } = ends.lab;
  await ends.lab.run(Number.POSITIVE_INFINITY);
  assert.ok(ends.lab.now - now < 5_000, `something happened ${ends.lab.now - now} ms later`);
});

/** Between the two NATs. */
function setLoss(lab: Lab, loss: number): void {
  lab.path("203.0.113.1", "203.0.113.2").set({ loss });
  lab.path("203.0.113.2", "203.0.113.1").set({ loss });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { Writer } from "../../protocol/bytes/writer.ts";
import { createIdentity, type Identity } from "../../protocol/crypto/identity.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { writeStartupHeader } from "../../protocol/session/startup-packet.ts";
import { writeIHello } from "../../protocol/wire/chunks/ihello.ts";
import { writePacketFragment } from "../../protocol/wire/chunks/packet-fragment.ts";
import { Lab } from "../lab/index.ts";
import { eachSeed } from "../support/seeds.ts";
import { Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";
import { Victim } from "../support/victim.ts";

/** Large keys: a public key of group 16 has 512 bytes. */
const KINDS = {
  static: createIdentity(nodePrimitives, { kind: "static", groups: [16] }),
  ephemeral: createIdentity(nodePrimitives, { kind: "ephemeral", groups: [16] }),
  huge: createIdentity(nodePrimitives, { kind: "static", groups: [16, 14, 5, 2] }),
};

const PAIRS = [
  ["static", "static"],
  ["static", "ephemeral"],
  ["ephemeral", "static"],
  ["ephemeral", "ephemeral"],
  ["huge", "huge"],
] as const;

/** How long it takes until both ends have their session, and what was sent. */
async function startUp(
  lab: Lab,
  near: Identity,
  far: Identity,
): Promise<{ readonly ms: number; readonly datagrams: readonly number[] }> {
  const one = await new Station(lab.host("10.0.0.1").io, 0, { identity: near }).listen(
    "10.0.0.1",
    1935,
  );
  const other = await new Station(lab.host("10.0.0.2").io, 1, { identity: far }).listen(
    "10.0.0.2",
    1935,
  );
  const datagrams: number[] = [];
  const ignore = lab.tap(({ fate, datagram: { bytes } }) => {
    if (fate === "sent") datagrams.push(bytes.length);
  });
  one.dial(other);
  await lab.runUntil(() => one.sessions.length > 0 && other.sessions.length > 0, 60_000);
  const ms = lab.now;
  ignore();
  lab.setConditions({ mtuBytes: 1_500 });
  const flow = one.openFlow("hello");
  one.send(flow, "how do you do?");
  await lab.runUntil(() => other.messages.length > 0, 60_000);
  for (const station of [one, other]) {
    assert.equal(station.sessions.filter(({ isOpen }) => isOpen).length, 1);
  }
  await closeStations(lab, one, other);
  return { ms, datagrams };
}

for (const [near, far] of PAIRS) {
  test(`§3.4 group 16, ${near} to ${far}, over a path of 600 bytes`, async () => {
    const lab = new Lab({ seed: 1, conditions: { mtuBytes: 600 } });
    const { ms } = await startUp(lab, KINDS[near], KINDS[far]);
    assert.ok(ms < 2_500, `took ${ms} ms`);
  });
}

test("§3.4 group 16 over a path of 600 bytes that loses every fifth packet", async () => {
  await eachSeed(20, async (seed) => {
    const lab = new Lab({ seed, conditions: { mtuBytes: 600, loss: 0.2 } });
    await startUp(lab, KINDS.static, KINDS.static);
  });
});

test("§3.4 fragments only where they are needed", async () => {
  const lab = new Lab({ seed: 1 });
  const { ms, datagrams } = await startUp(lab, KINDS.static, KINDS.static);
  assert.ok(ms < 100);
  assert.equal(datagrams.length, 4, `${datagrams}`);
});

test("§3.4 a packet too large for Ethernet is in fragments at once", async () => {
  const lab = new Lab({ seed: 1 });
  const { ms, datagrams } = await startUp(lab, KINDS.huge, KINDS.huge);
  assert.ok(ms < 100);
  assert.ok(Math.max(...datagrams) <= 1_472, `${datagrams}`);
});

test("§3.4 a small hello that comes whole and in a fragment is answered once, one in several fragments as well", () => {
  const victim = new Victim();
  const from = { ip: "192.0.2.1", port: 1935 };
  assert.ok(victim.hello(from));
  const hello = { endpointDiscriminator: victim.discriminator, tag: new Uint8Array(16) };
  const bytes = new Writer();
  writeStartupHeader(bytes, 0);
  writeIHello(bytes, hello);
  const packet = bytes.finish();
  for (const [parts, answers] of [
    [[packet], 0],
    [[packet.subarray(0, 20), packet.subarray(20)], 1],
  ] as const) {
    const sent = parts.flatMap((part, fragmentNumber) => {
      const moreFragments = fragmentNumber < parts.length - 1;
      const fragment = { moreFragments, packetId: parts.length, fragmentNumber, bytes: part };
      return victim.say(from, (writer) => writePacketFragment(writer, fragment));
    });
    assert.equal(sent.length, answers, `${parts.length} fragments`);
  }
});

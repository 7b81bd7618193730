import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterLab } from "../support/router-lab.ts";

const MAPPED = "198.51.100.7:1935";

test("PCP: mapped within a round trip, renewed at half of the lease, deleted by close", async () => {
  const stand = await RouterLab.start(1, { protocols: ["pcp", "nat-pmp", "upnp"] });
  const { lab, router, mapping } = stand;
  await lab.advance(10);
  assert.deepEqual(stand.told, [`pcp ${MAPPED}`]);
  assert.deepEqual(mapping.external, { ip: "198.51.100.7", port: 1_935 });
  assert.deepEqual(router.mappings.get(1_935)?.internalPort, 1_935);
  const first = mapping.mapping?.expiresAt ?? 0;
  await lab.advance(299_000);
  assert.deepEqual(router.log, ["pcp: map"]);
  await lab.advance(2_000);
  assert.deepEqual(router.log, ["pcp: map", "pcp: map"]);
  assert.ok((mapping.mapping?.expiresAt ?? 0) > first + 299_000);
  await lab.advance(3_600_000);
  assert.equal(router.log.length, 14, "every five minutes");
  await stand.close();
  assert.equal(router.log.at(-1), "pcp: delete");
  assert.equal(router.mappings.size, 0);
  assert.equal(mapping.mapping, undefined);
  assert.equal(stand.told.length, 1, "renewing changes nothing");
});

test("RFC 6886 §3.5 a server of NAT-PMP alone says so, and is asked in NAT-PMP at once", async () => {
  const stand = await RouterLab.start(1, { protocols: ["nat-pmp"], taken: [1_935] });
  await stand.lab.advance(30);
  assert.deepEqual(stand.told, ["nat-pmp 198.51.100.7:1936"]);
  const { log } = stand.router;
  assert.deepEqual(log, ["nat-pmp: version?", "nat-pmp: address", "nat-pmp: map"]);
  await stand.lab.advance(301_000);
  assert.deepEqual(log.slice(3), ["nat-pmp: address", "nat-pmp: map"]);
  await stand.close();
  assert.equal(stand.router.mappings.size, 0);
});

test("UPnP, when nobody answers at port 5351", async () => {
  const stand = await RouterLab.start(1, { protocols: ["upnp"] });
  const { lab, router } = stand;
  await lab.advance(5_000);
  assert.deepEqual(stand.told, [`upnp ${MAPPED}`]);
  assert.deepEqual(router.log, ["ssdp", "upnp: GetExternalIPAddress", "upnp: AddPortMapping"]);
  assert.equal(router.mappings.get(1_935)?.lifetimeSeconds, 600);
  assert.equal(router.mappings.get(1_935)?.internalIp, "192.168.1.2");
  await lab.advance(301_000);
  assert.deepEqual(router.log.slice(3), ["upnp: GetExternalIPAddress", "upnp: AddPortMapping"]);
  await stand.close();
  assert.equal(router.mappings.size, 0);
});

for (const service of ["WANIPConnection:2", "WANPPPConnection:1"]) {
  test(`UPnP by ${service}`, async () => {
    const serviceType = `urn:schemas-upnp-org:service:${service}`;
    const stand = await RouterLab.start(1, { protocols: ["upnp"], serviceType });
    await stand.lab.advance(5_000);
    assert.deepEqual(stand.told, [`upnp ${MAPPED}`]);
    await stand.close();
  });
}

test("UPnP error 718: another port; error 725: until it is deleted, which close does", async () => {
  const options = { protocols: ["upnp"], taken: [1_935], permanentOnly: true } as const;
  const stand = await RouterLab.start(1, options);
  const { lab, router, mapping } = stand;
  await lab.advance(5_000);
  const [port = 0] = router.mappings.keys();
  assert.ok(port >= 49_152);
  assert.deepEqual(stand.told, [`upnp 198.51.100.7:${port}`]);
  assert.equal(mapping.mapping?.expiresAt, Number.POSITIVE_INFINITY);
  assert.equal(router.mappings.get(port)?.lifetimeSeconds, 0);
  await lab.advance(400_000);
  assert.deepEqual([...router.mappings.keys()], [port], "confirmed, not made anew");
  await stand.close();
  assert.equal(router.mappings.size, 0);
});

test("a router whose mappings last a second is asked every two minutes, not every second", async () => {
  const stand = await RouterLab.start(1, { protocols: ["pcp"], lifetimeSeconds: 1 });
  await stand.lab.advance(3_600_000);
  const { length } = stand.router.log;
  assert.ok(length >= 29 && length <= 31, `${length} requests`);
  await stand.close();
});

test("who refuses in PCP and in NAT-PMP is asked in UPnP, at once", async () => {
  const stand = await RouterLab.start(1, { protocols: ["pcp", "nat-pmp", "upnp"], refuses: true });
  await stand.lab.advance(500);
  assert.deepEqual(stand.told, [`upnp ${MAPPED}`]);
  assert.deepEqual(stand.router.log.slice(0, 3), ["pcp: map", "nat-pmp: address", "ssdp"]);
  await stand.close();
});

test("a router that maps nothing is asked for a few seconds and then left alone", async () => {
  const stand = await RouterLab.start(1, { protocols: [] });
  let sent = 0;
  stand.lab.tap(({ fate }) => {
    if (fate === "sent") sent += 1;
  });
  await stand.lab.advance(8_000);
  assert.deepEqual(stand.told, ["none"]);
  assert.ok(sent <= 10, `${sent} datagrams`);
  const before = sent;
  await stand.lab.advance(7_200_000);
  assert.equal(sent, before);
  await stand.close();
});

test("lost datagrams cost tries, not the mapping", async () => {
  let mapped = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    const stand = await RouterLab.start(seed, { protocols: ["pcp", "nat-pmp", "upnp"] }, 0.2);
    await stand.lab.advance(10_000);
    if (stand.mapping.mapping) mapped += 1;
    await stand.lab.advance(3_600_000);
    assert.notEqual(stand.mapping.mapping, undefined, `seed ${seed}: kept for an hour`);
    await stand.close();
  }
  assert.equal(mapped, 20);
});

test("a restarted router gets the mapping again, and a new address is told", async () => {
  const stand = await RouterLab.start(1, { protocols: ["pcp"] });
  const { lab, router } = stand;
  await lab.advance(100_000);
  router.restart();
  router.externalIp = "198.51.100.8";
  await lab.advance(201_000);
  assert.equal(router.mappings.size, 1);
  assert.deepEqual(stand.told, [`pcp ${MAPPED}`, "pcp 198.51.100.8:1935"]);
  await stand.close();
});

test("RFC 6887 §8.5 an epoch that shows a restart has the mapping renewed at once", async () => {
  const { stand, say } = await announcing();
  await stand.lab.advance(100_000);
  say(100);
  await stand.lab.advance(20);
  assert.deepEqual(stand.router.log, ["pcp: map"], "the epoch that was to be expected");
  stand.router.restart();
  say(0);
  await stand.lab.advance(20);
  assert.deepEqual(stand.router.log, ["pcp: map", "pcp: map"]);
  assert.equal(stand.router.mappings.size, 1);
  await stand.close();
});

test("a router that dies ends the mapping with its lease, and one that returns begins it again", async () => {
  const stand = await RouterLab.start(1, { protocols: ["pcp"] });
  const { lab, router } = stand;
  await lab.advance(1_000);
  router.isDead = true;
  await lab.advance(597_000);
  assert.notEqual(stand.mapping.mapping, undefined, "it may still be there");
  await lab.advance(12_000);
  assert.deepEqual(stand.told, [`pcp ${MAPPED}`, "lost", "none"]);
  router.isDead = false;
  await lab.advance(125_000);
  assert.deepEqual(stand.told.slice(3), [`pcp ${MAPPED}`]);
  await stand.close();
});

test("closing takes a second at most, whatever the router does and whenever", async () => {
  for (const protocol of ["pcp", "nat-pmp", "upnp"] as const) {
    for (let afterMs = 0; afterMs < 4_200; afterMs += 70) {
      const stand = await RouterLab.start(1, { protocols: [protocol] });
      await stand.lab.advance(afterMs);
      stand.router.isDead = afterMs % 140 === 0;
      await stand.lab.complete(stand.mapping.close(), 1_001);
      await stand.lab.advance(5_000);
      if (!stand.router.isDead)
        assert.equal(stand.router.mappings.size, 0, `${protocol} ${afterMs}`);
    }
  }
});

test("whoever is told of the mapping may close it at once", async () => {
  const stand = await RouterLab.start(1, { protocols: ["pcp"] });
  const closed = stand.whenTold(() => stand.mapping.close());
  await stand.lab.complete(closed, 1_000);
  assert.deepEqual(stand.router.log, ["pcp: map", "pcp: delete"]);
  assert.deepEqual(stand.told, [`pcp ${MAPPED}`]);
});

/** A PCP router in a lab, and a way to have it ANNOUNCE (§14.1) an epoch to the program. */
async function announcing(): Promise<{ stand: RouterLab; say: (epochSeconds: number) => void }> {
  const stand = await RouterLab.start(1, { protocols: ["pcp"] });
  let program = { ip: "", port: 0 };
  stand.lab.tap(({ fate, datagram }) => {
    if (fate === "sent" && datagram.to.port === 5_351) program = datagram.from;
  });
  const say = (epochSeconds: number): void => {
    const bytes = new Uint8Array(24);
    bytes.set([2, 0x80]);
    new DataView(bytes.buffer).setUint32(8, epochSeconds);
    stand.router.say(bytes, program);
  };
  return { stand, say };
}

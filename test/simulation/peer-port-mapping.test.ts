/** A peer asks its router for a port, and those that it is introduced to know of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerOptions } from "../../peer/options.ts";
import type { RouterAccess } from "../../peer/traversal/port-mapping/port-mapping.ts";
import { isAmfObject } from "../../protocol/amf/value.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import { FakeRouter } from "../support/fake-router.ts";
import { NatLab, type Resident } from "../support/nat-lab.ts";

const ROUTER = "192.0.2.1";

interface Stand {
  readonly world: NatLab;
  readonly router: FakeRouter;
  readonly one: Resident;
  readonly other: Resident;
}

/** `one` has a router that speaks PCP and has the address `externalIp`. */
async function stand(externalIp: string, options: PeerOptions = {}): Promise<Stand> {
  const world = await NatLab.start(1);
  const { lab } = world;
  const router = new FakeRouter(ROUTER, () => lab.now, { protocols: ["pcp"], externalIp });
  const { io } = lab.host(ROUTER, { also: ["239.255.255.250"] });
  const discovery = { ip: "239.255.255.250", port: 1_900 };
  await router.listen(io, { ip: ROUTER, port: 5_351 }, discovery, 5_000);
  const host = lab.host("203.0.113.1");
  const access: RouterAccess = {
    find: async () => ({ ip: ROUTER, localIp: host.ip }),
    fetchText: () => Promise.reject(new RtmfpError("UNREACHABLE", "there is no UPnP")),
  };
  const one = await world.at(host, [], { port: 5_000, ...options }, { router: access });
  const other = await world.behind("linux");
  await lab.advance(10_000);
  return { world, router, one, other };
}

/** Where the server says that `one` may be reached. */
async function candidates({ world, one, other }: Stand): Promise<unknown> {
  const answer = await world.lab.complete(
    other.peer.server.call("introduce", [one.peer.id]),
    5_000,
  );
  assert.ok(isAmfObject(answer) && isAmfObject(answer.contact));
  return answer.contact.candidates;
}

test("others are told of the mapping; it is given back when the peer is closed", async () => {
  const ends = await stand("198.51.100.7");
  const { world, router } = ends;
  assert.deepEqual(await candidates(ends), ["host 203.0.113.1:5000", "mapped 198.51.100.7:5000"]);
  assert.equal(router.mappings.size, 1);
  await world.close();
  assert.equal(router.mappings.size, 0);
});

test("a path to a mapping says so", async () => {
  const { world, one, other } = await stand("203.0.113.1", { hostAddresses: "none" });
  const couple = await world.couple(one, other);
  assert.ok((await world.until(couple, "direct", 1_000)) !== undefined);
  assert.deepEqual([couple.near.path.way, couple.far.path.way], ["direct", "mapped"]);
  await world.close();
});

test("a router behind another NAT maps to nowhere: nobody is told of that", async () => {
  const ends = await stand("100.64.0.7");
  assert.deepEqual(await candidates(ends), ["host 203.0.113.1:5000"]);
  await ends.world.close();
});

test("portMapping: false leaves the router alone", async () => {
  const ends = await stand("198.51.100.7", { portMapping: false });
  assert.deepEqual(ends.router.log, []);
  await ends.world.close();
});

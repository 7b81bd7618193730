import { Field } from "./field.ts";
import { Names, readEvents } from "./read-events.ts";
import { readConditions, readIp, readNat } from "./read-network.ts";
import type { Scenario, ScenarioPeer, ScenarioRouter } from "./scenario.ts";

/** The scenario that a JSON file holds. Throws ScenarioError that names the field that is wrong. */
export function readScenario(json: unknown): Scenario {
  const fields = new Field(json, "").object([
    "title",
    "seed",
    "endMs",
    "internet",
    "relay",
    "routers",
    "peers",
    "events",
  ]);
  const { title, seed, internet, relay } = fields;
  const routers = readRouters(fields.routers);
  const peers = readPeers(fields.peers, routers);
  const endMs = fields.endMs.number(1, MAX_MS);
  const names = new Names(routers, peers);
  return {
    title: title.isGiven ? title.text() : "",
    seed: seed.isGiven ? seed.whole(0, 0xffff_ffff) : 1,
    endMs,
    internet: { delayMs: DELAY_MS, ...readConditions(internet) },
    hasRelay: relay.isGiven ? relay.flag() : true,
    routers,
    peers,
    events: fields.events.isGiven ? readEvents(fields.events, names, endMs) : [],
  };
}

/** Sorted so that a router comes after the one that it is behind. */
function readRouters(field: Field): ScenarioRouter[] {
  const read = field.isGiven ? field.named().map(([name, one]) => readRouter(name, one)) : [];
  const sorted: ScenarioRouter[] = [];
  for (let rest = read; rest.length > 0; ) {
    const isReady = ({ behind }: ScenarioRouter): boolean =>
      behind === undefined || sorted.some(({ name }) => name === behind);
    const ready = rest.filter(isReady);
    const [first] = rest;
    if (ready.length === 0 && first) {
      return new Field(first.behind, `${field.path}.${first.name}.behind`).fail(
        "the name of another router, that is not behind this one, is needed",
      );
    }
    sorted.push(...ready);
    rest = rest.filter((router) => !ready.includes(router));
  }
  return sorted;
}

function readRouter(name: string, field: Field): ScenarioRouter {
  const { ip, nat, behind, access } = field.object(["ip", "nat", "behind", "access"]);
  return {
    name,
    ip: readIp(ip),
    nat: readNat(nat),
    behind: behind.isGiven ? behind.text() : undefined,
    access: readConditions(access),
  };
}

function readPeers(field: Field, routers: readonly ScenarioRouter[]): ScenarioPeer[] {
  return field.named().map(([name, one]) => {
    const fields = one.object(["ip", "behind", "access", "transport", "startsAtMs"]);
    const { ip, behind, access, transport, startsAtMs } = fields;
    if (name === "server" || routers.some((router) => router.name === name)) {
      one.fail("the name is taken");
    }
    return {
      name,
      ip: readIp(ip),
      behind: behind.isGiven ? behind.oneOf(routers.map((router) => router.name)) : undefined,
      access: readConditions(access),
      transport: transport.isGiven ? transport.oneOf(["auto", "udp", "tcp"]) : "auto",
      startsAtMs: startsAtMs.isGiven ? startsAtMs.number(0, MAX_MS) : 0,
    };
  });
}

/** A day: virtual time is cheap, but peers that talk take real time. */
const MAX_MS = 86_400_000;
const DELAY_MS = 20;

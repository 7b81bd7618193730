import type { Field } from "./field.ts";
import { readConditions, readIp } from "./read-network.ts";
import type { Act, ScenarioEvent, ScenarioPeer, ScenarioRouter } from "./scenario.ts";

/** Who can be named in an event. */
export class Names {
  readonly routers: readonly string[];
  readonly peers: readonly string[];
  readonly #startsAtMs: ReadonlyMap<string, number>;

  constructor(routers: readonly ScenarioRouter[], peers: readonly ScenarioPeer[]) {
    this.routers = routers.map(({ name }) => name);
    this.peers = peers.map(({ name }) => name);
    this.#startsAtMs = new Map(peers.map(({ name, startsAtMs }) => [name, startsAtMs]));
  }

  get stations(): readonly string[] {
    return [...this.routers, ...this.peers];
  }

  get hosts(): readonly string[] {
    return [...this.peers, "server"];
  }

  startsAtMs(peer: string): number {
    return this.#startsAtMs.get(peer) ?? 0;
  }
}

type ReadAct = (field: Field, names: Names) => Act;

/** What an event may say besides `atMs`. */
const ACTS = {
  pair: (field, { peers }) => ({ type: "pair", peers: two(field, peers) }),
  send: (field, { peers }) => {
    const { from, to, everyMs, forMs } = field.object(["from", "to", "everyMs", "forMs"]);
    return {
      type: "send",
      from: from.oneOf(peers),
      to: to.oneOf(peers),
      everyMs: everyMs.number(1, 3_600_000),
      forMs: forMs.number(0, 86_400_000),
    };
  },
  leave: (field, { peers }) => ({ type: "leave", peer: field.oneOf(peers) }),
  rebind: (field, { routers }) => ({ type: "rebind", router: field.oneOf(routers) }),
  reboot: (field, { routers }) => {
    const { router, forMs } = field.object(["router", "forMs"]);
    return { type: "reboot", router: router.oneOf(routers), forMs: forMs.number(0, 3_600_000) };
  },
  move: (field, { stations }) => {
    const { of, ip } = field.object(["of", "ip"]);
    return { type: "move", what: of.oneOf(stations), ip: readIp(ip) };
  },
  link: (field, { stations }) => {
    const { of, change } = field.object(["of", "change"]);
    return { type: "link", of: of.oneOf(stations), change: readConditions(change) };
  },
  path: (field, { stations }) => {
    const { between, change } = field.object(["between", "change"]);
    return { type: "path", between: two(between, stations), change: readConditions(change) };
  },
  server: (field) => ({ type: "server", isUp: field.oneOf(["up", "down"]) === "up" }),
  capture: (field, { hosts }) => ({
    type: "capture",
    hosts: field.list().map((host) => host.oneOf(hosts)),
  }),
} satisfies Readonly<Record<string, ReadAct>>;

/** In the order of time; those of one moment in the order of the file. */
export function readEvents(field: Field, names: Names, endMs: number): ScenarioEvent[] {
  const events = field.list().map((one) => readEvent(one, names, endMs));
  return events.sort((one, other) => one.atMs - other.atMs);
}

function readEvent(field: Field, names: Names, endMs: number): ScenarioEvent {
  const kinds = Object.keys(ACTS) as (keyof typeof ACTS)[];
  const { atMs, ...acts } = field.object(["atMs", ...kinds]);
  const [kind, other] = kinds.filter((name) => acts[name].isGiven);
  if (kind === undefined || other !== undefined) {
    return field.fail(`exactly one of ${kinds.join(", ")} is needed`);
  }
  const event = { atMs: atMs.number(0, endMs), act: ACTS[kind](acts[kind], names) };
  for (const peer of actorsOf(event.act)) {
    const startsAtMs = names.startsAtMs(peer);
    if (startsAtMs > event.atMs) atMs.fail(`${peer} starts later, at ${startsAtMs} ms`);
  }
  return event;
}

/** Those peers that do something. */
function actorsOf(act: Act): readonly string[] {
  switch (act.type) {
    case "pair":
      return act.peers;
    case "send":
      return [act.from, act.to];
    case "leave":
      return [act.peer];
    default:
      return [];
  }
}

function two(field: Field, names: readonly string[]): readonly [string, string] {
  const [one, other, third] = field.list();
  if (!one || !other || third) return field.fail("two names are needed");
  const pair = [one.oneOf(names), other.oneOf(names)] as const;
  return pair[0] === pair[1] ? field.fail("two different names are needed") : pair;
}

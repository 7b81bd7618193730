import assert from "node:assert/strict";
import { test } from "node:test";
import { readScenario } from "../../../../bin/lab/scenario/read-scenario.ts";

const ROUTERS = {
  inner: { ip: "100.64.0.2", behind: "carrier", nat: "linux" },
  carrier: { ip: "203.0.113.1", nat: { hairpin: "external-source" }, access: { loss: 0.1 } },
};
const PEERS = { ada: { ip: "192.168.1.2", behind: "inner" }, bob: { ip: "203.0.113.9" } };
const GOOD = { endMs: 1_000, routers: ROUTERS, peers: PEERS };

test("what is left out has defaults; routers come in the order in which they are placed", () => {
  const scenario = readScenario(GOOD);
  assert.deepEqual(
    { ...scenario, routers: scenario.routers.map(({ name }) => name), peers: undefined },
    {
      title: "",
      seed: 1,
      endMs: 1_000,
      internet: { delayMs: 20 },
      hasRelay: true,
      routers: ["carrier", "inner"],
      peers: undefined,
      events: [],
    },
  );
  const [ada] = scenario.peers;
  assert.deepEqual(ada, {
    name: "ada",
    ip: "192.168.1.2",
    behind: "inner",
    access: {},
    transport: "auto",
    startsAtMs: 0,
  });
  assert.equal(scenario.routers[0]?.nat.hairpin, "external-source");
  assert.equal(scenario.routers[1]?.nat.overloading, true);
});

test("events are sorted by time, and those of one moment stay as they are", () => {
  const events = [
    { atMs: 5, rebind: "inner" },
    { atMs: 1, pair: ["ada", "bob"] },
    { atMs: 5, leave: "bob" },
    { atMs: 2, send: { from: "ada", to: "bob", everyMs: 20, forMs: 100 } },
    { atMs: 6, reboot: { router: "carrier", forMs: 10 } },
    { atMs: 7, move: { of: "bob", ip: "203.0.113.10" } },
    { atMs: 8, link: { of: "carrier", change: { delayMs: 30 } } },
    { atMs: 9, path: { between: ["carrier", "bob"], change: { loss: 1 } } },
    { atMs: 10, server: "down" },
    { atMs: 11, capture: ["ada", "server"] },
  ];
  const read = readScenario({ ...GOOD, events }).events;
  assert.deepEqual(
    read.map(({ act }) => act.type),
    ["pair", "send", "rebind", "leave", "reboot", "move", "link", "path", "server", "capture"],
  );
  assert.deepEqual(read[8]?.act, { type: "server", isUp: false });
});

const router = (change: object): object => ({
  ...GOOD,
  routers: { home: { ip: "1.2.3.4", ...change } },
  peers: {},
});
const event = (one: object): object => ({ ...GOOD, events: [{ atMs: 0, leave: "ada" }, one] });

for (const [what, json, message] of [
  ["no object", [], /^the scenario: an object is needed, not \[\]/],
  ["an unknown field", { ...GOOD, endsMs: 3 }, /^endsMs: unknown; there are title, seed, endMs/],
  ["no end", { ...GOOD, endMs: undefined }, /^endMs: a number from 1 to 86400000 is needed$/],
  ["a text for a number", { ...GOOD, endMs: "9" }, /^endMs: .* is needed, not "9"$/],
  ["half a seed", { ...GOOD, seed: 1.5 }, /^seed: a whole number is needed, not 1.5$/],
  ["an unknown condition", { ...GOOD, internet: { los: 1 } }, /^internet.los: unknown condition/],
  ["too much loss", { ...GOOD, internet: { loss: 2 } }, /^internet.loss: loss out of range: 2$/],
  ["no address", router({ ip: "home" }), /^routers.home.ip: an IP address is needed, not "home"$/],
  [
    "an unknown class",
    router({ nat: "lynux" }),
    /^routers.home.nat: settings, or one of firewall, /,
  ],
  ["a class of two layers", router({ nat: "cgn" }), /^routers.home.nat: settings, or one of /],
  [
    "an unknown mapping",
    router({ nat: { mapping: "odd" } }),
    /^routers.home.nat.mapping: unknown mapping: odd$/,
  ],
  [
    "an unknown setting",
    router({ nat: { maping: "x" } }),
    /^routers.home.nat.maping: unknown NAT setting/,
  ],
  [
    "a text for a flag",
    router({ nat: { parity: "no" } }),
    /^routers.home.nat.parity: a value like false is needed, not "no"$/,
  ],
  [
    "settings that do not fit",
    router({ nat: { allocation: { kind: "block", size: 9e4 } } }),
    /^routers.home.nat.allocation: /,
  ],
  ["behind itself", router({ behind: "home" }), /^routers.home.behind: the name of another router/],
  [
    "behind nothing",
    { ...GOOD, peers: { ada: { ip: "10.0.0.1", behind: "x" } } },
    /^peers.ada.behind: one of carrier, inner is needed, not "x"$/,
  ],
  [
    "a taken name",
    { ...GOOD, peers: { server: { ip: "10.0.0.1" } } },
    /^peers.server: the name is taken$/,
  ],
  [
    "a router's name that leads elsewhere",
    { ...GOOD, routers: { "a/b": { ip: "1.2.3.4" } } },
    /^routers.a\/b: a name has 1 to 32 letters/,
  ],
  [
    "a peer's name that leads elsewhere",
    { ...GOOD, peers: { "../ada": { ip: "10.0.0.1" } } },
    /^peers.\.\.\/ada: a name has 1 to 32 letters/,
  ],
  [
    "a timer that runs backwards",
    router({ nat: { udp: { unrepliedMs: -1 } } }),
    /^routers.home.nat.udp: udp: unrepliedMs is no number from 0 on: -1$/,
  ],
  [
    "a timer that there is not",
    router({ nat: { tcp: { silentMs: 1 } } }),
    /^routers.home.nat.tcp: tcp: unknown timer: silentMs$/,
  ],
  [
    "no ports",
    router({ nat: { tcpPorts: 443 } }),
    /^routers.home.nat.tcpPorts: .*no list of ports$/,
  ],
  [
    "somebody who starts later",
    {
      ...GOOD,
      peers: { ...PEERS, eve: { ip: "203.0.113.8", startsAtMs: 500 } },
      events: [{ atMs: 499, pair: ["ada", "eve"] }],
    },
    /^events\[0\].atMs: eve starts later, at 500 ms$/,
  ],
  ["no event", event({ atMs: 1 }), /^events\[1\]: exactly one of pair, send, /],
  [
    "two events in one",
    event({ atMs: 1, leave: "ada", rebind: "inner" }),
    /^events\[1\]: exactly one of /,
  ],
  [
    "after the end",
    event({ atMs: 1_001, leave: "ada" }),
    /^events\[1\].atMs: a number from 0 to 1000 is needed/,
  ],
  [
    "somebody unknown",
    event({ atMs: 1, leave: "eve" }),
    /^events\[1\].leave: one of ada, bob is needed, not "eve"$/,
  ],
  [
    "a pair of one",
    event({ atMs: 1, pair: ["ada"] }),
    /^events\[1\].pair: two names are needed, not \["ada"\]$/,
  ],
  [
    "with oneself",
    event({ atMs: 1, pair: ["ada", "ada"] }),
    /^events\[1\].pair: two different names are needed/,
  ],
  [
    "a field missing",
    event({ atMs: 1, send: { from: "ada", to: "bob", everyMs: 9 } }),
    /^events\[1\].send.forMs: a number from 0 /,
  ],
] as const) {
  test(`a scenario that makes no sense names the field: ${what}`, () => {
    assert.throws(() => readScenario(json), { name: "ScenarioError", message });
  });
}

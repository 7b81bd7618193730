import assert from "node:assert/strict";
import { test } from "node:test";
import type { QueryAction } from "../../../peer/traversal/address-queries.ts";
import { type DiscoveryAction, NatDiscovery } from "../../../peer/traversal/nat-discovery.ts";
import type { NatReport } from "../../../peer/traversal/nat-report.ts";
import { ProbePacer } from "../../../peer/traversal/probe-pacer.ts";
import type { Address } from "../../../protocol/wire/address.ts";

const ONE = { ip: "198.51.100.1", port: 1935 };
const TWO = { ip: "198.51.100.1", port: 1936 };
const FAR = { ip: "198.51.100.2", port: 1935 };
const SERVERS = [ONE, TWO, FAR];
const MAIN_PORT = 5_000;

type Answer = { readonly observed: Address; readonly from: Address } | undefined;

interface Finding {
  readonly report: NatReport;
  readonly afterMs: number;
  readonly queries: readonly QueryAction[];
  readonly released: number;
}

/** Runs a discovery in a world that answers queries `answer`, 40 ms later. */
function discover(
  answer: (query: QueryAction, at: number) => Answer,
  servers: readonly Address[] = SERVERS,
  localIps: readonly string[] = ["10.0.0.2"],
): Finding {
  const machine = new NatDiscovery({ servers, localIps, pacer: new ProbePacer() });
  const arriving: { readonly at: number; readonly run: (now: number) => void }[] = [];
  const queries: QueryAction[] = [];
  let opened = 0;
  let released = 0;
  let report: NatReport | undefined;
  const act = (action: DiscoveryAction, now: number): void => {
    if (action.type === "report") report = action.report;
    else if (action.type === "release") released += action.sockets.length;
    else if (action.type === "sockets") {
      const from = opened;
      opened += action.count;
      const ids = Array.from({ length: action.count }, (_, index) => from + index + 1);
      arriving.push({
        at: now,
        run: (at) =>
          machine.onSockets(
            ids.map((id) => ({ id, port: MAIN_PORT + id })),
            at,
          ),
      });
    } else {
      queries.push(action);
      const said = answer(action, now);
      if (!said) return;
      const { observed, from } = said;
      arriving.push({
        at: now + 40,
        run: (at) => machine.onAnswer(action.tag, observed, from, at),
      });
    }
  };
  machine.start(MAIN_PORT, 0);
  let now = 0;
  for (let steps = 0; steps < 10_000 && !report; steps += 1) {
    machine.advance(now);
    for (let action = machine.poll(); action; action = machine.poll()) act(action, now);
    arriving.sort((one, other) => one.at - other.at);
    const next = Math.min(machine.timeout, arriving[0]?.at ?? Number.POSITIVE_INFINITY);
    if (next === Number.POSITIVE_INFINITY) break;
    now = Math.max(now, next);
    while ((arriving[0]?.at ?? Number.POSITIVE_INFINITY) <= now) arriving.shift()?.run(now);
  }
  for (let action = machine.poll(); action; action = machine.poll()) act(action, now);
  assert.ok(report, "no report");
  assert.equal(machine.timeout, Number.POSITIVE_INFINITY);
  assert.equal(released, opened);
  return { report, afterMs: now, queries, released };
}

const plain = (query: QueryAction, port: number): Answer =>
  query.answerFrom === "same"
    ? { observed: { ip: "203.0.113.2", port }, from: query.server }
    : undefined;

test("a home router: endpoint-independent mapping, strict filter, ports preserved, in 2 round trips", () => {
  const { report, afterMs } = discover((query) => plain(query, MAIN_PORT + query.socket));
  assert.deepEqual(report, {
    udp: "open",
    isTranslated: true,
    mapping: "endpoint-independent",
    isMappingCertain: true,
    filtering: "address-and-port-dependent",
    allocation: { type: "preserving" },
    hairpin: undefined,
    reflexive: [{ ip: "203.0.113.2", port: MAIN_PORT }],
  });
  assert.ok(afterMs <= 40 * 3 + 50, `${afterMs} ms`);
});

test("mapping: by two ports of one server, and by its second address", () => {
  const byAddress = (query: QueryAction): Answer =>
    plain(query, query.server.ip === FAR.ip ? 7_000 : 6_000 + query.socket * 100);
  const byPort = (query: QueryAction): Answer =>
    plain(query, (query.server.ip === FAR.ip ? 7_000 : query.server.port * 5) + query.socket * 99);
  assert.equal(discover(byAddress).report.mapping, "address-dependent");
  assert.equal(discover(byPort).report.mapping, "address-and-port-dependent");
  const { report } = discover(byAddress, [ONE, TWO]);
  assert.equal(report.mapping, "endpoint-independent");
  assert.equal(report.isMappingCertain, false);
  assert.equal(discover(byPort, [ONE]).report.mapping, "unknown");
});

test("filtering: who may answer from where nothing was sent", () => {
  const through =
    (open: readonly string[]) =>
    (query: QueryAction): Answer => ({
      observed: { ip: "203.0.113.2", port: 6_000 + query.socket },
      from: open.includes(query.answerFrom)
        ? { same: query.server, port: TWO, address: FAR }[query.answerFrom]
        : query.server,
    });
  assert.equal(
    discover(through(["same", "port", "address"])).report.filtering,
    "endpoint-independent",
  );
  const some = (query: QueryAction): Answer =>
    query.answerFrom === "address" ? undefined : through(["same", "port"])(query);
  assert.equal(discover(some).report.filtering, "address-dependent");
});

test("filtering: an answer that is lost once is asked for again", () => {
  let lost = 0;
  const { report } = discover((query) => {
    if (query.answerFrom === "same") return plain(query, 6_000 + query.socket);
    lost += 1;
    if (lost <= 2) return undefined;
    return {
      observed: { ip: "203.0.113.2", port: 1 },
      from: query.answerFrom === "port" ? TWO : FAR,
    };
  });
  assert.equal(report.filtering, "endpoint-independent");
});

test("allocation: a counter, also when questions were lost and asked again", () => {
  let next = 20_000;
  const mappings = new Map<string, number>();
  const count = (query: QueryAction): number => {
    const key = `${query.socket}>${query.server.ip}:${query.server.port}`;
    const known = mappings.get(key);
    if (known !== undefined) return known;
    next += 2;
    mappings.set(key, next);
    return next;
  };
  const { report } = discover((query) => plain(query, count(query)));
  assert.deepEqual(report.allocation, { type: "sequential", step: 2 });
  mappings.clear();
  const late = discover((query, at) => {
    const isLost = query.socket === 2 && at < 400;
    return isLost ? undefined : plain(query, count(query));
  });
  assert.deepEqual(late.report.allocation, { type: "sequential", step: 2 });
  assert.ok(late.afterMs < 700);
});

test("allocation: a small block takes a second round of sockets, random ports do not", () => {
  const block = discover((query) =>
    plain(query, 30_000 + ((query.tag * 7_919 + query.socket * 131) % 512)),
  );
  assert.equal(block.report.allocation.type, "block");
  assert.ok(block.released > 16);
  const random = discover((query) => plain(query, 1_024 + ((query.tag * 27_644_437) % 64_512)));
  assert.deepEqual(random.report.allocation, { type: "random" });
  assert.ok(random.released < 8);
});

test("nobody answers: UDP is blocked, and that is known within 3 s", () => {
  const { report, afterMs } = discover(() => undefined);
  assert.equal(report.udp, "blocked");
  assert.equal(report.mapping, "unknown");
  assert.equal(report.filtering, "unknown");
  assert.ok(afterMs < 3_000);
});

test("no NAT at all: what may get in is still a question of the firewall", () => {
  const answer = (query: QueryAction): Answer =>
    query.answerFrom === "same"
      ? { observed: { ip: "192.0.2.7", port: MAIN_PORT + query.socket }, from: query.server }
      : undefined;
  const { report } = discover(answer, [ONE], ["192.0.2.7"]);
  assert.equal(report.isTranslated, false);
  assert.equal(report.mapping, "endpoint-independent");
  assert.equal(report.isMappingCertain, true);
  assert.equal(report.filtering, "address-and-port-dependent");
});

test("answers to nothing that was asked are ignored", () => {
  const machine = new NatDiscovery({ servers: SERVERS, localIps: [], pacer: new ProbePacer() });
  machine.start(MAIN_PORT, 0);
  machine.onAnswer(0, ONE, ONE, 0);
  machine.onAnswer(99, ONE, ONE, 0);
  assert.deepEqual(machine.report.reflexive, []);
});

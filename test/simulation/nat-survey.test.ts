/** `surveyNat`, real server and all, behind the lab's NATs: what it finds is how they are made. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerPlatform } from "../../peer/platform.ts";
import { type NatSurvey, type NatSurveyOptions, surveyNat } from "../../peer/survey/nat-survey.ts";
import { type NatReport, UNKNOWN_NAT } from "../../peer/traversal/nat-report.ts";
import { createIdentity } from "../../protocol/crypto/identity.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { createLogger, Rendezvous } from "../../rendezvous/index.ts";
import { Lab, type NatClass, natClass, placeBehind } from "../lab/index.ts";
import { platformOf } from "../support/lab-chat.ts";
import { Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

const SERVER = "198.51.100.1";
const SECOND = "198.51.100.2";
const URL = `rtmfp://${SERVER}/chat`;

interface Place {
  readonly kind: NatClass;
  /** The server has a second IP address. */
  readonly hasTwoIps?: boolean;
  readonly more?: Partial<PeerPlatform>;
  readonly options?: NatSurveyOptions;
  readonly seed?: number;
}

interface Result {
  readonly survey: NatSurvey;
  readonly tookMs: number;
}

async function survey(place: Place): Promise<Result> {
  const { kind, hasTwoIps = true, more = {}, options = {}, seed = 1 } = place;
  const lab = new Lab({ seed, conditions: { delayMs: 20 } });
  const { io } = lab.host(SERVER, { also: [SECOND] });
  const first = [`${SERVER}:1935`, `${SERVER}:1936`];
  const rtmfp = hasTwoIps ? [...first, `${SECOND}:1937`] : first;
  const logger = createLogger("silent");
  const server = await Rendezvous.listen({ rtmfp, io, logger });
  const { host } = placeBehind(lab, kind, "203.0.113.5");
  const platform = { ...platformOf(host), ...more };
  const startedAt = lab.now;
  const limitMs = 10_000 + (options.lifetimeLimitMs ?? 0);
  const found = await lab.complete(surveyNat(URL, { ...options, platform }), limitMs);
  const tookMs = lab.now - startedAt;
  await lab.complete(server.close(), 10_000);
  return { survey: found, tookMs };
}

async function reportOf(place: Place): Promise<NatReport> {
  const { ipv4 } = (await survey(place)).survey;
  assert.ok(ipv4);
  return ipv4.report;
}

const DEPENDENCES = [
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
] as const;

for (const mapping of DEPENDENCES) {
  for (const filtering of DEPENDENCES) {
    test(`§4.1 ${mapping} mapping, §5 ${filtering} filtering: found as they are, within 10 s`, async () => {
      for (const allocation of ["sequential", "random"] as const) {
        const layers = [{ mapping, filtering, allocation: { kind: allocation } }];
        const report = await reportOf({ kind: { key: "", words: "", layers } });
        assert.deepEqual(
          [report.udp, report.isTranslated, report.mapping, report.filtering],
          ["open", true, mapping, filtering],
        );
        assert.equal(report.allocation.type, allocation);
        assert.equal(report.isMappingCertain, true);
        assert.equal(report.hairpin, false);
      }
    });
  }
}

test("§6 hairpinning is found in both forms, and where there are two layers of NAT", async () => {
  for (const hairpin of ["none", "internal-source", "external-source"] as const) {
    for (const filtering of DEPENDENCES) {
      const layers = [{ hairpin, filtering }];
      const report = await reportOf({ kind: { key: "", words: "", layers } });
      assert.equal(report.hairpin, hairpin !== "none", `${hairpin} ${filtering}`);
    }
  }
  const carrier = [{ hairpin: "external-source" }, {}] as const;
  assert.equal((await reportOf({ kind: { key: "", words: "", layers: carrier } })).hairpin, true);
});

test("§4.3 the lifetime of mappings lies within what is told", async () => {
  for (const [unrepliedMs, atLeastMs, lessThanMs] of [
    [4_000, 2_000, 5_000],
    [30_500, 30_000, 45_000],
    [100_000, 60_000, undefined],
  ] as const) {
    const timers = { unrepliedMs, repliedMs: unrepliedMs, repliedAfterMs: 0 };
    const kind = { key: "", words: "", layers: [{ udp: timers }] };
    const options = { lifetimeLimitMs: 60_000 };
    const { ipv4 } = (await survey({ kind, options })).survey;
    assert.deepEqual(ipv4?.lifetime, { atLeastMs, lessThanMs }, `${unrepliedMs}`);
  }
});

test("a server with one IP address leaves in doubt what needs two", async () => {
  const layers = [{ mapping: "address-dependent", filtering: "endpoint-independent" }] as const;
  const kind = { key: "", words: "", layers };
  const { ipv4 } = (await survey({ kind, hasTwoIps: false })).survey;
  assert.equal(ipv4?.isFilteringCertain, false);
  assert.equal(ipv4?.report.filtering, "address-dependent");
  assert.equal(ipv4?.report.mapping, "endpoint-independent");
  assert.equal(ipv4?.report.isMappingCertain, false);
});

test("no NAT, and no NAT but a firewall", async () => {
  const open = await reportOf({ kind: natClass("open") });
  assert.deepEqual([open.isTranslated, open.filtering], [false, "endpoint-independent"]);
  const firewall = await reportOf({ kind: natClass("firewall") });
  const strict = "address-and-port-dependent";
  assert.deepEqual([firewall.isTranslated, firewall.filtering], [false, strict]);
  assert.equal(firewall.hairpin, undefined);
});

test("UDP is blocked only if the server is there; otherwise nothing is known", async () => {
  const kind = { key: "", words: "", layers: [{ blocksUdp: true }] };
  const connectRtmp = async () => ({
    closed: new Promise<undefined>(() => undefined),
    close: () => undefined,
  });
  const blocked = await survey({ kind, more: { connectRtmp } });
  assert.equal(blocked.survey.ipv4?.report.udp, "blocked");
  assert.equal(blocked.survey.isTcpOpen, true);
  const refused = async () => Promise.reject(new RtmfpError("UNREACHABLE", "nobody"));
  const { survey: silent, tookMs } = await survey({ kind, more: { connectRtmp: refused } });
  assert.equal(silent.ipv4?.report.udp, "unknown");
  assert.ok(tookMs < 10_000);
});

test("a survey that is not wanted any more ends at once, and leaves nothing behind", async () => {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 20 } });
  const host = lab.host("203.0.113.5");
  const stop = new AbortController();
  const given = surveyNat(URL, { platform: platformOf(host), signal: stop.signal });
  await lab.advance(700);
  stop.abort(new Error("enough"));
  await assert.rejects(lab.complete(given, 1_000), /enough/);
  await lab.run(Number.POSITIVE_INFINITY);
  assert.ok(lab.now < 5_000);
});

test("a server of another kind opens sessions and answers no questions: UDP is open, the NAT unknown", async () => {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 20 } });
  const identity = createIdentity(nodePrimitives, { kind: "static", acceptsAncillary: true });
  const foreign = await new Station(lab.host(SERVER).io, 1, { identity }).listen(SERVER, 1_935);
  const platform = platformOf(lab.host("203.0.113.5"));
  const { ipv4 } = await lab.complete(surveyNat(URL, { platform }), 10_000);
  assert.deepEqual(ipv4?.report, { ...UNKNOWN_NAT, udp: "open" });
  await closeStations(lab, foreign);
});

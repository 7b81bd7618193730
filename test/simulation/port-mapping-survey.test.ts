/** Which protocols a router knows, and what it gives by each: as `rtmfp nat` tells. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerPlatform } from "../../peer/platform.ts";
import { surveyPortMapping } from "../../peer/survey/port-mapping-survey.ts";
import type { RouterAccess } from "../../peer/traversal/port-mapping/port-mapping.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import { formatAddress } from "../../protocol/wire/address.ts";
import { Lab } from "../lab/index.ts";
import { FakeRouter, type FakeRouterOptions } from "../support/fake-router.ts";
import { platformOf } from "../support/lab-chat.ts";

const ROUTER = "192.168.1.1";
const PROGRAM = "192.168.1.2";
const GROUP = "239.255.255.250";
/** Of the router, outside. */
const EXTERNAL = "198.51.100.7";
const never = new AbortController().signal;

/** A program behind such a router. */
async function stand(
  options: FakeRouterOptions,
): Promise<{ lab: Lab; router: FakeRouter; platform: PeerPlatform }> {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 2 } });
  const { io } = lab.host(ROUTER, { also: [GROUP] });
  const router = new FakeRouter(ROUTER, () => lab.now, options);
  await router.listen(io, { ip: ROUTER, port: 5_351 }, { ip: GROUP, port: 1_900 }, 5_000);
  const access: RouterAccess = {
    find: async () => ({ ip: ROUTER, localIp: PROGRAM }),
    fetchText: async (url, { headers, body }) => {
      const answer = router.http(new URL(url).pathname, headers.SOAPAction ?? "", body);
      if (!answer) throw new RtmfpError("UNREACHABLE", "nobody there");
      return answer;
    },
  };
  return { lab, router, platform: { ...platformOf(lab.host(PROGRAM)), router: access } };
}

/** `pcp 198.51.100.7`, `pcp refuses`, `pcp silent`. */
async function found(options: FakeRouterOptions): Promise<string[]> {
  const { lab, router, platform } = await stand(options);
  const findings = await lab.complete(surveyPortMapping(platform, never), 6_500);
  // The fake remembers what it refuses.
  if (!options.refuses) assert.equal(router.mappings.size, 0, "what was given was given back");
  return (findings ?? []).map(({ protocol, isKnown, mapping }) => {
    if (!mapping) return `${protocol} ${isKnown ? "refuses" : "silent"}`;
    return `${protocol} ${formatAddress(mapping.external).replace(/:\d+$/, "")}`;
  });
}

test("each protocol is asked for itself, and what it gave is given back", async () => {
  const all = await found({ protocols: ["pcp", "nat-pmp", "upnp"] });
  assert.deepEqual(all.at(-1), `upnp ${EXTERNAL}`);
  assert.equal(all[0], `pcp ${EXTERNAL}`);
  assert.deepEqual(await found({ protocols: ["upnp"] }), [
    ...["pcp silent", "nat-pmp silent", `upnp ${EXTERNAL}`],
  ]);
});

test("RFC 6886 §3.5, RFC 6887 §9: who knows one version alone does not know the other", async () => {
  assert.deepEqual(await found({ protocols: ["pcp"] }), [
    ...[`pcp ${EXTERNAL}`, "nat-pmp silent", "upnp silent"],
  ]);
  assert.deepEqual(await found({ protocols: ["nat-pmp"] }), [
    ...["pcp silent", `nat-pmp ${EXTERNAL}`, "upnp silent"],
  ]);
});

test("a router that refuses is told from one that is silent", async () => {
  const refused = await found({ protocols: ["pcp", "nat-pmp"], refuses: true });
  assert.deepEqual(refused, ["pcp refuses", "nat-pmp refuses", "upnp silent"]);
  assert.deepEqual(await found({ protocols: [] }), [
    ...["pcp silent", "nat-pmp silent", "upnp silent"],
  ]);
});

test("no router to ask, or no wish to wait any more", async () => {
  const { lab, platform } = await stand({ protocols: ["upnp"] });
  const nowhere = { ...platform, router: undefined };
  assert.equal(await surveyPortMapping(nowhere, never), undefined);
  const stop = new AbortController();
  const survey = surveyPortMapping(platform, stop.signal);
  await lab.advance(100);
  stop.abort();
  await lab.complete(survey, 1_500);
});

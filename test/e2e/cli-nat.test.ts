/** `rtmfp nat` as people and scripts meet it, without a NAT: with one, see nat/report.test.ts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addressOf, Program } from "./support/program.ts";
import { rtmfp, Terminal } from "./support/terminal.ts";

/** Nobody answers at the discard port. */
const NOBODY = "rtmfp://127.0.0.1:9/chat";

let server: Program;
let url = "";

before(async () => {
  server = new Program(["rendezvous", "--rtmfp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
  url = `rtmfp://${addressOf(await server.event("ready"), "rtmfp")}/chat`;
});

after(async () => {
  await server.stop();
});

test("--json: one object with everything that is known, null for what is not; exit code 0", async () => {
  const nat = new Program(["nat", "--rendezvous", url]);
  assert.equal(await nat.exit, 0, nat.stderr);
  assert.equal(nat.events.length, 1);
  const { event, rendezvous, ipv4, ipv6, reaches } = await nat.event("nat");
  assert.deepEqual([event, rendezvous, ipv6], ["nat", url, null]);
  const { reflexive, ...report } = ipv4 as Record<string, unknown>;
  assert.match(String(reflexive), /^127\.0\.0\.1:\d+$/);
  assert.deepEqual(report, {
    server: url.slice("rtmfp://".length, -"/chat".length),
    udp: "open",
    translated: false,
    mapping: "endpoint-independent",
    mappingCertain: true,
    filtering: "address-dependent",
    filteringCertain: false,
    allocation: { type: "preserving" },
    hairpin: null,
    lifetime: null,
  });
  assert.deepEqual((reaches as Record<string, unknown>)["symmetric-random"], "direct");
});

test("people read it in the words of RFC 4787, then in plain ones; --lifetime waits", async () => {
  const startedAt = performance.now();
  const { code, stdout, stderr } = await rtmfp("nat", "--rendezvous", url, "--lifetime", "2");
  assert.deepEqual([code, stderr], [0, ""]);
  for (const line of [
    / {2}UDP over IPv4 +open\n/,
    / {2}seen by the server +127\.0\.0\.1:\d+, as it is: there is no NAT\n/,
    / {2}mapping +none\n/,
    / {2}filtering +address-dependent, or none: the server has but one IP address\n/,
    / {2}port allocation +port preservation\n/,
    / {2}mapping lifetime +more than 2 s\n/,
    / {2}TCP to the server +(?:open|no answer)\n/,
    /\nThere is no NAT here\./,
    / {2}a symmetric NAT with random ports +direct, at once\n/,
  ]) {
    assert.match(stdout, line);
  }
  assert.ok(performance.now() - startedAt > 2_000);
});

test("over IPv6 the same is asked, and told", async (t) => {
  const other = new Program(["rendezvous", "--rtmfp", "[::1]:0", "--http", "127.0.0.1:0"]);
  t.after(() => other.stop());
  const there = `rtmfp://${addressOf(await other.event("ready"), "rtmfp")}/chat`;
  const nat = new Program(["nat", "--rendezvous", there]);
  const { ipv4, ipv6 } = await nat.event("nat");
  assert.equal(ipv4, null);
  const { udp, translated, mapping, reflexive } = ipv6 as Record<string, unknown>;
  assert.deepEqual([udp, translated, mapping], ["open", false, "endpoint-independent"]);
  assert.match(String(reflexive), /^\[::1\]:\d+$/);
  assert.equal(await nat.exit, 0);
});

test("a server that does not answer: what is known all the same, one line that says so, exit code 1", async () => {
  const startedAt = performance.now();
  const [text, json] = [rtmfp("nat", "--rendezvous", NOBODY), new Program(["nat"], environment())];
  const { code, stdout, stderr } = await text;
  assert.ok(performance.now() - startedAt < 10_000);
  assert.deepEqual([code, stderr], [1, `rtmfp nat: ${NOBODY} does not answer\n`]);
  assert.match(stdout, / {2}UDP over IPv4 +no answer\n/);
  assert.match(stdout, /Nothing can be said of this network/);
  assert.equal(await json.exit, 1);
  const [nat, error] = json.events;
  assert.deepEqual(
    [nat?.event, nat?.reaches, error?.event, error?.code],
    [...["nat", null, "error", "TIMEOUT"]],
  );
});

test("a host that does not exist, and wrong usage", async () => {
  const [nowhere, url404, short] = await Promise.all([
    rtmfp("nat", "--rendezvous", "rtmfp://host.invalid/chat"),
    rtmfp("nat", "--rendezvous", "http://127.0.0.1/"),
    rtmfp("nat", "--lifetime", "1"),
  ]);
  assert.match(nowhere.stderr, /^rtmfp nat: there is no host host\.invalid \(\w+\)\n$/);
  assert.deepEqual([nowhere.code, url404.code, short.code], [1, 2, 2]);
});

test("Ctrl-C ends it at once, with exit code 0", async () => {
  const nat = new Terminal(["nat", "--rendezvous", NOBODY]);
  await nat.says(/asking/);
  const { code, stderr } = await nat.stop();
  assert.deepEqual([code, stderr], [0, ""]);
});

function environment(): { environment: NodeJS.ProcessEnv } {
  return { environment: { RTMFP_RENDEZVOUS: NOBODY } };
}

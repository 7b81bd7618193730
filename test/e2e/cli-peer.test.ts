/** `rtmfp peer` as people and scripts meet it. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { addressOf, Program, type ProgramEvent } from "./support/program.ts";
import { rtmfp, Terminal } from "./support/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "rtmfp-cli-peer-"));
const GATEWAY = ["--rtmp", "127.0.0.1:0"] as const;
/** Nobody answers at the discard port, and no test needs to wait for it. */
const NOBODY = "rtmfp://127.0.0.1:9/chat";

let server: Program;
let url = "";

function serve(): Program {
  return new Program(["rendezvous", "--rtmfp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
}

before(async () => {
  server = serve();
  url = `rtmfp://${addressOf(await server.event("ready"), "rtmfp")}/chat`;
});

after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

test("a server that does not answer: the error names its URL, once, exit code 1", async () => {
  const args = ["peer", "--rendezvous", NOBODY, "--timeout", "0.5", ...GATEWAY];
  const json = new Program(args);
  const { code, stdout, stderr } = await rtmfp(...args);
  assert.deepEqual([code, stdout], [1, `connecting to ${NOBODY} …\n`]);
  assert.equal(stderr, `rtmfp peer: ${NOBODY} does not answer\n`);
  assert.equal(await json.exit, 1);
  assert.deepEqual(json.events.map(untimed), [
    { event: "connecting", rendezvous: NOBODY },
    { event: "error", code: "TIMEOUT", message: `${NOBODY} does not answer` },
  ]);
  assert.equal(json.stderr, "");
});

test("--tags without --pair would do nothing: exit code 2", async () => {
  const { code, stdout, stderr } = await rtmfp("peer", "--tags", "a,b", ...GATEWAY);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^rtmfp peer: --tags: only with --pair.*\n$/);
});

test("a host that does not exist, and an application that is refused", async () => {
  const long = `${url}${"x".repeat(256)}`;
  const [nowhere, refused] = await Promise.all([
    rtmfp("peer", "--rendezvous", "rtmfp://host.invalid/chat", ...GATEWAY),
    rtmfp("peer", "--rendezvous", long, ...GATEWAY),
  ]);
  assert.match(nowhere.stderr, /^rtmfp peer: there is no host host\.invalid \(\w+\)\n$/);
  assert.match(refused.stderr, /^rtmfp peer: an application's name has at most 256 bytes\n$/);
  assert.deepEqual([nowhere.code, refused.code], [1, 1]);
});

test("Ctrl-C and SIGTERM end it with exit code 0: while it connects, waits, and is ready", async () => {
  const connecting = new Terminal(["peer", "--rendezvous", NOBODY, ...GATEWAY]);
  const ready = new Terminal(["peer", "--rendezvous", url, ...GATEWAY]);
  const waiting = new Terminal(["peer", "--rendezvous", url, "--pair", "--tags", "x", ...GATEWAY]);
  await connecting.says(/connecting to/);
  await ready.says(/ffplay/);
  await waiting.says(/waiting for a stranger/);
  const endings = await Promise.all([
    connecting.stop("SIGTERM"),
    ready.stop("SIGTERM"),
    waiting.stop("SIGINT"),
  ]);
  for (const { code, stdout, stderr } of endings) {
    assert.deepEqual([code, stderr], [0, ""]);
    assert.doesNotMatch(stdout, /ended/, "the end that was wanted is no news");
  }
});

test("a reader that goes away, as head -1 does, ends it with exit code 0", async () => {
  const peer = new Terminal(["peer", "--rendezvous", url, "--stats", "0.1", ...GATEWAY]);
  await peer.says(/ffplay/);
  peer.hangUp();
  const { code, stderr } = await peer.ending;
  assert.deepEqual([code, stderr], [0, ""]);
});

test("--identity: made for the owner's eyes only, and the same peer ever after", async () => {
  const file = join(folder, "id.json");
  const args = ["peer", "--rendezvous", url, "--identity", file, ...GATEWAY];
  const ids: unknown[] = [];
  for (let times = 0; times < 2; times += 1) {
    const peer = new Program(args);
    ids.push((await peer.event("ready")).peerId);
    assert.equal(await peer.stop(), 0);
  }
  assert.match(String(ids[0]), /^[0-9a-f]{64}$/);
  assert.equal(ids[1], ids[0]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(JSON.parse(readFileSync(file, "utf8")).version, 1);
});

test("an identity file that cannot be used: one line that names it, exit code 2", async () => {
  const bad = join(folder, "bad.json");
  writeFileSync(bad, "secret");
  const files = [bad, folder, join(folder, "none", "id.json")];
  const run = (file: string) => rtmfp("peer", "--rendezvous", url, "--identity", file, ...GATEWAY);
  for (const [index, { code, stdout, stderr }] of (await Promise.all(files.map(run))).entries()) {
    assert.deepEqual([code, stdout], [2, ""]);
    assert.ok(stderr.startsWith(`rtmfp peer: --identity ${files[index]}: `), stderr);
    assert.match(stderr, /^[^\n]*\n$/);
    assert.doesNotMatch(stderr, /secret/);
  }
});

test("--json tells the whole life of a pair, with the fields that scripts rely on", async () => {
  const args = ["peer", "--rendezvous", url, "--pair", "--tags", "json,x", "--stats", "0.2"];
  const [one, other] = [new Program([...args, ...GATEWAY]), new Program([...args, ...GATEWAY])];
  const [ready, far] = await Promise.all([one.event("ready"), other.event("ready")]);
  assert.match(addressOf(ready, "rtmp"), /^127\.0\.0\.1:\d+$/);
  assert.notEqual(addressOf(ready, "rtmp"), addressOf(far, "rtmp"));
  const peerId = far.peerId;
  const isDirect = ({ event, kind }: ProgramEvent): boolean =>
    event === "path" && kind === "direct";
  const [paired, path] = await Promise.all([one.event("paired"), one.event(isDirect)]);
  const initiator = (await other.event("paired")).initiator;
  assert.deepEqual(untimed(paired), { event: "paired", peerId, initiator: initiator === false });
  assert.equal(path.peerId, peerId);
  assert.equal(typeof path.sinceMs, "number");
  assert.match(String(path.address), /:\d+$/);
  const hasPeer = ({ event, peers }: ProgramEvent): boolean =>
    event === "stats" && Array.isArray(peers) && peers.length === 1;
  const { server: toServer, peers } = await one.event(hasPeer);
  const figures = ["sentPackets", "sentBytes", "receivedPackets", "receivedBytes"];
  for (const name of figures) {
    assert.equal(typeof (toServer as Record<string, unknown>)[name], "number");
    assert.equal(typeof (peers as Record<string, unknown>[])[0]?.[name], "number");
  }
  assert.equal(await other.stop(), 0);
  const ended = await one.event("ended");
  assert.deepEqual(untimed(ended), { event: "ended", peerId, reason: "closed" });
  const isWaitingAgain = (): boolean =>
    one.events.filter(({ event }) => event === "waiting").length === 2;
  await one.event(isWaitingAgain);
  assert.equal(await one.stop(), 0);
  for (const { event, time } of one.events) {
    assert.equal(new Date(String(time)).toISOString(), time, event);
  }
  assert.deepEqual(
    one.events.filter(({ event }) => event === "error"),
    [],
  );
});

test("people read the same in words", async () => {
  const args = ["peer", "--rendezvous", url, "--pair", "--tags", "words", ...GATEWAY];
  const one = new Terminal([...args, "--stats", "0.2"]);
  await one.says(/peer [0-9a-f]{64}\npublish +ffmpeg .*\/local\/cam\nplay +ffplay .*\/pair\/cam\n/);
  await one.says(/\nwaiting for a stranger …\n/);
  await one.says(/\nno sessions\n/);
  const other = new Terminal(args);
  const [, peerId] = await other.says(/peer ([0-9a-f]{64})/);
  await one.says(new RegExp(`\npaired with ${peerId}\n`));
  await one.says(/\nsession with [0-9a-f]{12} … direct, \S+:\d+\n/);
  await one.says(/\n[0-9a-f]{12} … sent \d+ B, received \d+ B, round trip (?:\?|[\d.]+) ms\n/);
  await other.stop();
  await one.says(/\nsession with [0-9a-f]{12} … closed\n/);
  const { code, stderr } = await one.stop();
  assert.deepEqual([code, stderr], [0, ""]);
});

test("a peer that may not stand in line says why, and ends", async () => {
  const tags = ["--pair", "--tags", "x".repeat(65)];
  const { code, stderr } = await rtmfp("peer", "--rendezvous", url, ...tags, ...GATEWAY);
  assert.equal(code, 1);
  assert.match(stderr, /^rtmfp peer: BAD_TAGS: [^\n]*\n$/);
});

test("a server that goes away: the peers say so, go on, and are its peers when it is back", async () => {
  const mortal = serve();
  const at = addressOf(await mortal.event("ready"), "rtmfp");
  const there = `rtmfp://${at}/chat`;
  const args = ["peer", "--rendezvous", there, ...GATEWAY];
  const [idle, one] = [new Terminal(args), new Program([...args, "--pair"])];
  await Promise.all([idle.says(/ffplay/), one.event("waiting")]);
  await sleep(200);
  assert.equal(await mortal.stop(), 0);
  await idle.says(/\nthe connection to \S+ ended: .*; connecting again …\n/);
  const { rendezvous } = await one.event("disconnected");
  assert.equal(rendezvous, there);
  const back = new Program(["rendezvous", "--rtmfp", at, "--http", "none"]);
  await idle.says(/\nconnected to \S+ again\n/);
  const other = new Program([...args, "--pair"]);
  assert.equal((await one.event("paired")).peerId, (await other.event("ready")).peerId);
  const errors = one.events.filter(({ event }) => event === "error");
  assert.deepEqual(errors, [], "being alone for a while is no error");
  const endings = [idle.stop().then(({ code }) => code), one.stop(), other.stop(), back.stop()];
  assert.deepEqual(await Promise.all(endings), [0, 0, 0, 0]);
});

function untimed({ time, ...fields }: ProgramEvent): Record<string, unknown> {
  assert.equal(typeof time, "string");
  return fields;
}

/** `rtmfp ping` as people and scripts meet it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addressOf, Program, type ProgramEvent } from "./support/program.ts";
import { rtmfp, Terminal } from "./support/terminal.ts";

let server: Program;
let far: Program;
let url = "";
let peerId = "";

before(async () => {
  server = new Program(["rendezvous", "--rtmfp", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
  url = `rtmfp://${addressOf(await server.event("ready"), "rtmfp")}/chat`;
  far = new Program(["peer", "--rendezvous", url, "--rtmp", "127.0.0.1:0"]);
  peerId = String((await far.event("ready")).peerId);
});

after(async () => {
  await far.stop();
  await server.stop();
});

test("§2.3.9 a peer that answers: each round trip with its path, a summary, exit code 0", async () => {
  const ping = new Program([
    ...["ping", peerId, "--rendezvous", url, "--count", "3", "--interval", "0.1"],
  ]);
  assert.equal(await ping.exit, 0, ping.stderr);
  const pings = ping.events.filter(({ event }) => event === "ping");
  assert.deepEqual(
    pings.map(({ number }) => number),
    [1, 2, 3],
  );
  for (const { peerId: id, kind, address, rttMs } of pings) {
    assert.equal(id, peerId);
    assert.ok(kind === "direct" || kind === "relay");
    assert.match(String(address), /:\d+$/);
    assert.ok(Number(rttMs) > 0 && Number(rttMs) < 5_000);
  }
  const summary = ping.events.find(({ event }) => event === "summary") as ProgramEvent;
  const { sent, answered, loss, minMs, medianMs, maxMs } = summary;
  assert.deepEqual([sent, answered, loss], [3, 3, 0]);
  assert.ok(Number(minMs) <= Number(medianMs) && Number(medianMs) <= Number(maxMs));
  assert.ok(ping.events.some(({ event, kind }) => event === "path" && kind !== undefined));
});

test("people read the same in words; Ctrl-C ends it with the summary and exit code 0", async () => {
  const ping = new Terminal(["ping", peerId, "--rendezvous", url, "--interval", "0.2"]);
  await ping.says(/\npath: (?:over the relay|direct, \S+:\d+)\n/);
  await ping.says(/\n {2}2 {2}(?:over the relay|direct, \S+:\d+) {2}[\d.]+ ms\n/);
  const { code, stdout, stderr } = await ping.stop();
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /\n\d+ pings, \d+ answered, 0 % lost; min \/ median \/ max [\d.]+ \/ [\d.]+ \/ [\d.]+ ms\n$/,
  );
});

test("a peer that is not there: one line says so, exit code 1", async () => {
  const nobody = "0".repeat(64);
  const { code, stderr } = await rtmfp("ping", nobody, "--rendezvous", url, "--timeout", "1");
  assert.equal(code, 1);
  assert.match(stderr, /^rtmfp ping: [^\n]+\n$/);
});

test("wrong usage: no peer ID, no whole count, no URL: exit code 2", async () => {
  const endings = await Promise.all([
    rtmfp("ping"),
    rtmfp("ping", "xyz"),
    rtmfp("ping", peerId, "--count", "1.5"),
    rtmfp("ping", peerId, "--rendezvous", "http://127.0.0.1/"),
  ]);
  const words = ["PEERID is missing", "PEERID: not a peer ID", "--count: 1.5", "--rendezvous: "];
  for (const [index, { code, stdout, stderr }] of endings.entries()) {
    assert.deepEqual([code, stdout], [2, ""]);
    assert.ok(stderr.startsWith(`rtmfp ping: ${words[index]}`), stderr);
  }
});

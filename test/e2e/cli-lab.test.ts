/** `rtmfp lab` as people and scripts meet it. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { repositoryRoot } from "../support/root.ts";
import { rtmfp } from "./support/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "rtmfp-lab-"));
after(() => rmSync(folder, { recursive: true }));

const twoHomes = join(repositoryRoot, "examples/lab/two-homes.json");

function scenario(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

test("lab matrix: the table as text, and as a heat map", async () => {
  const svg = join(folder, "map.svg");
  const classes = "linux,udp-blocked";
  const { code, stdout } = await rtmfp(
    ...["lab", "matrix", "--classes", classes, "--seeds", "2", "--svg", svg, "--details"],
  );
  assert.equal(code, 0);
  assert.match(stdout, /^2 classes of NATs, 3 pairs, 2 meetings each/);
  assert.match(stdout, / 1 linux +D100 +R0\n 2 udp-blocked +R0 +R0\n/);
  assert.match(stdout, /\nlinux × linux: direct 100 %, first message \d+ ms, direct \d+ ms/);
  assert.match(stdout, /\n6 meetings in \d+\.\d s\n$/);
  assert.match(readFileSync(svg, "utf8"), /^<svg /);
});

test("lab matrix --json: one object a pair, the same for the same seeds", async () => {
  const args = ["lab", "matrix", "--classes", "linux", "--seeds", "2", "--seed", "5", "--json"];
  const runs = await Promise.all([rtmfp(...args), rtmfp(...args, "--threads", "1")]);
  const cells = runs.map(({ stdout }) =>
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === "cell")
      .map((cell) => ({ ...cell, time: undefined })),
  );
  assert.equal(cells[0]?.length, 1);
  assert.equal(cells[0]?.[0].summary.ways.direct, 1);
  assert.deepEqual(cells[0], cells[1]);
});

test("lab run: the story, and packets for Wireshark", async () => {
  const packets = join(folder, "packets");
  const { code, stdout } = await rtmfp("lab", "run", twoHomes, "--pcapng", packets);
  assert.equal(code, 0);
  assert.match(stdout, /\d\.\d{3} s {2}ada +talks to bob over the relay\n/);
  assert.match(stdout, /\d\.\d{3} s {2}ada +talks to bob direct, 203\.0\.113\.2:\d+\n/);
  assert.match(stdout, /\nada told bob 101 things, 101 arrived, 0 of them twice;/);
  const files = new Set(readdirSync(packets));
  assert.deepEqual(files, new Set(["ada.pcapng", "bob.pcapng", "server.pcapng"]));
});

test("lab run: what fails is told, and the story goes on", async () => {
  const content = {
    endMs: 20_000,
    routers: { wall: { ip: "203.0.113.1", nat: "udp-blocked" } },
    peers: {
      ada: { ip: "192.168.1.2", behind: "wall", transport: "udp" },
      bob: { ip: "203.0.113.9" },
    },
    events: [
      { atMs: 1_000, server: "up" },
      { atMs: 16_000, send: { from: "ada", to: "bob", everyMs: 100, forMs: 1_000 } },
      { atMs: 17_000, leave: "ada" },
      { atMs: 18_000, leave: "bob" },
    ],
  };
  const file = scenario("failures.json", JSON.stringify(content));
  const { code, stdout, stderr } = await rtmfp("lab", "run", file);
  assert.deepEqual([code, stderr], [0, ""], stdout);
  assert.match(stdout, / server +cannot start: 198\.51\.100\.1:1935 is taken/);
  assert.match(stdout, / ada +cannot tell it: /);
  assert.match(stdout, / ada +cannot leave: /);
  assert.match(stdout, / 18\.000 s {2}bob +leaves\n/);
});

test("lab: wrong usage is one line that names what is wrong, exit code 2", async () => {
  const broken = scenario("broken.json", "{");
  const odd = scenario("odd.json", '{"endMs": 1, "peers": {"ada": {"ip": "1.2.3.4", "nat": 1}}}');
  const clash = scenario(
    "clash.json",
    '{"endMs": 1, "peers": {"ada": {"ip": "1.2.3.4"}, "bob": {"ip": "1.2.3.4"}}}',
  );
  const one = join(folder, "one.pcapng");
  for (const [args, line] of [
    [["matrix", "--classes", "lynux"], /^rtmfp lab matrix: --classes: "lynux" is none of open, /],
    [["matrix", "--svg", join(one, "map.svg")], /^rtmfp lab matrix: --svg \S+: ENOENT/],
    [["matrix", "--seeds", "1.5"], /--seeds: 1.5 is no whole number\n$/],
    [["run"], /^rtmfp lab run: FILE is missing\n$/],
    [["run", join(folder, "none.json")], /none.json: ENOENT/],
    [["run", broken], /broken.json: .*JSON/],
    [["run", odd], /odd.json: peers.ada.nat: unknown; there are ip, behind, /],
    [["run", clash], /clash.json: peers.bob: there is a host 1.2.3.4 already\n$/],
    [["run", twoHomes, "--pcapng", one], /one file holds one host: name it with --capture\n$/],
    [
      ["run", twoHomes, "--pcapng", one, "--capture", "eve"],
      /--capture: "eve" is none of ada, bob/,
    ],
  ] as const) {
    const { code, stderr } = await rtmfp("lab", ...args);
    assert.deepEqual([code, stderr.split("\n").length], [2, 2], stderr);
    assert.match(stderr, line);
  }
});

/** The command line as people and scripts meet it: help, wrong usage, and the server. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { connect } from "node:tls";
import { selfSigned } from "../../protocol/node/self-signed.ts";
import { repositoryRoot } from "../support/root.ts";
import { addressOf, Program } from "./support/program.ts";
import { type Ending, rtmfp, Terminal } from "./support/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "rtmfp-cli-"));
after(() => rmSync(folder, { recursive: true }));

const ANY_PORTS = ["--rtmfp", "127.0.0.1:0", "--http", "127.0.0.1:0"] as const;

function configFile(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

/** Runs some at once: the machine has more than one core, but not very many. */
async function each(...commands: readonly (readonly string[])[]): Promise<Ending[]> {
  const endings: Ending[] = [];
  for (let index = 0; index < commands.length; index += AT_ONCE) {
    const some = commands.slice(index, index + AT_ONCE).map((args) => rtmfp(...args));
    endings.push(...(await Promise.all(some)));
  }
  return endings;
}

const AT_ONCE = 4;

test("--version says what package.json says; --help names every command and option", async () => {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8"));
  const [said, overview, up, rendezvous, peer] = await each(
    ["--version"],
    ["--help"],
    ["up", "--help"],
    ["rendezvous", "--help"],
    ["peer", "--help"],
  );
  assert.deepEqual(said, { code: 0, stdout: `${version}\n`, stderr: "" });
  for (const command of ["up", "rendezvous", "peer"]) {
    assert.match(String(overview?.stdout), new RegExp(`\n  ${command} +\\w`));
  }
  const tls = ["tls-cert", "tls-key", "tls-min", "tls-max"];
  const server = ["rtmfp", "rtmp", "rtmps", ...tls, "http", "data", "log-level", "config", "json"];
  const options = ["rendezvous", "rtmp", "pair", "tags", "identity", "token", "timeout", "stats"];
  for (const [help, names] of [
    [up, server],
    [rendezvous, server],
    [peer, [...options, "json"]],
  ] as const) {
    assert.deepEqual([help?.code, help?.stderr], [0, ""]);
    for (const name of names) assert.match(String(help?.stdout), new RegExp(`\n  --${name} `));
  }
});

test("wrong usage: one line on standard error that names what is wrong, exit code 2", async () => {
  const file = configFile("unknown.json", { rtmpf: "127.0.0.1:0" });
  const broken = configFile("broken.json", "{");
  const cert = configFile("alone.pem", selfSigned("localhost", new Date()).cert);
  const cases: readonly [readonly string[], RegExp][] = [
    [["dance"], /there is no command "dance"/],
    [["peer", "--nothing"], /Unknown option '--nothing'/],
    [["peer", "--rendezvous", "http://x/chat"], /--rendezvous: not a URL like rtmfp:.*http:\/\/x/],
    [["peer", "--rtmp", "nowhere"], /--rtmp: "nowhere" is not host:port/],
    [["peer", "--timeout", "soon"], /--timeout: "soon" is not a number/],
    [["peer", "--stats", "-1"], /--stats/],
    [
      ["rendezvous", "--rtmfp", "example.org:1935"],
      /--rtmfp: "example.org:1935" is not host:port with an IP/,
    ],
    [["rendezvous", "--rtmfp", "127.0.0.1:65536"], /--rtmfp: "127.0.0.1:65536" is not host:port/],
    [["rendezvous", "--http", "x", "--rtmfp", "127.0.0.1:0"], /--http: "x" is not host:port/],
    [["rendezvous", ...ANY_PORTS, "--rtmp", "x"], /--rtmp: "x" is not host:port/],
    [["rendezvous", ...ANY_PORTS, "--tls-key", "x"], /--tls-cert and --tls-key belong together/],
    [["rendezvous", ...ANY_PORTS, "--tls-max", "1.1"], /--tls-max: "1\.1" is none of 1\.2, 1\.3/],
    [["up", ...ANY_PORTS, "--tls-min", "1.3", "--tls-max", "1.2"], /--tls-min is higher/],
    [["up", ...ANY_PORTS, "--tls-cert", "/none", "--tls-key", "x"], /--tls-cert \/none: ENOENT/],
    [["up", ...ANY_PORTS, "--tls-cert", file, "--tls-key", file], /--tls-cert \S+: no certificate/],
    [["up", ...ANY_PORTS, "--tls-cert", cert, "--tls-key", file], /--tls-key \S+: not the private/],
    [["rendezvous", ...ANY_PORTS, "--secret", "short"], /: --secret: .* at least 16 bytes/],
    [["rendezvous", ...ANY_PORTS, "--token-for", "play"], /: --token-for: needs the secret/],
    [["rendezvous", "--http", "none", "--rtmfp", ""], /: --rtmfp: at least one address/],
    [["rendezvous", ...ANY_PORTS, "--record", join(file, "x")], /: --record: ENOTDIR[^(]*$/],
    [["rendezvous", ...ANY_PORTS, "--data", join(file, "x")], /: --data: ENOTDIR[^(]*$/],
    [["rendezvous", ...ANY_PORTS, "--push", "cam"], /: --push: "cam" is not NAME=URL/],
    [["rendezvous", ...ANY_PORTS, "--push", "cam=foo"], /: --push: "foo" is no RTMP URL/],
    [["rendezvous", ...ANY_PORTS, "--drain", "-1"], /: --drain: .* write --drain=-1/],
    [["rendezvous", ...ANY_PORTS, "--publishers", broken], /: --publishers \S+: not JSON/],
    [["token", "--secret", "abc"], /: --secret: .* at least 16 bytes/],
    [["rendezvous", "--log-level", "loud"], /--log-level: "loud" is none of trace, debug, /],
    [["up", "--config", file], /unknown\.json: unknown key "rtmpf"/],
    [["up", "--config", broken], /broken\.json: /],
    [["up", "--config", join(folder, "none")], /none: ENOENT/],
  ];
  const endings = await each(...cases.map(([args]) => args));
  for (const [index, { code, stdout, stderr }] of endings.entries()) {
    const [args, message] = cases[index] ?? [[], /never/];
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, message);
    assert.match(stderr, /^rtmfp[^\n]*\n$/, "one line");
  }
});

test("a UDP or TCP port in use: one line that names it, exit code 1", async () => {
  const udp = createSocket("udp4").bind(0, "127.0.0.1");
  const tcp = createServer().listen(0, "127.0.0.1");
  await Promise.all([once(udp, "listening"), once(tcp, "listening")]);
  try {
    const udpPort = udp.address().port;
    const tcpPort = (tcp.address() as AddressInfo).port;
    const [rtmfpInUse, httpInUse, gatewayInUse, notOurs] = await each(
      ["rendezvous", ...ANY_PORTS, "--rtmfp", `127.0.0.1:${udpPort}`],
      ["up", ...ANY_PORTS, "--http", `127.0.0.1:${tcpPort}`],
      // Nobody answers there, and nobody is asked.
      ["peer", "--rendezvous", "rtmfp://127.0.0.1:9/chat", "--rtmp", `127.0.0.1:${tcpPort}`],
      ["rendezvous", ...ANY_PORTS, "--rtmfp", "192.0.2.1:0"],
    );
    assert.equal(rtmfpInUse?.stderr, `rtmfp rendezvous: UDP port ${udpPort} is in use\n`);
    assert.equal(httpInUse?.stderr, `rtmfp up: TCP port ${tcpPort} is in use\n`);
    assert.equal(gatewayInUse?.stdout, "");
    assert.equal(gatewayInUse?.stderr, `rtmfp peer: TCP port ${tcpPort} is in use\n`);
    assert.match(String(notOurs?.stderr), /: cannot bind UDP 192\.0\.2\.1:0 \(EADDRNOTAVAIL\)\n$/);
    for (const ending of [rtmfpInUse, httpInUse, gatewayInUse, notOurs]) {
      assert.equal(ending?.code, 1);
    }
  } finally {
    udp.close();
    tcp.close();
  }
});

test("--config, the environment and the command line, in this order of weight", async () => {
  const config = configFile("good.json", {
    rtmfp: ["127.0.0.1:0", "[::1]:0"],
    http: "127.0.0.1:0",
    json: true,
    data: join(folder, "data"),
  });
  const first = new Terminal(["rendezvous"], { RTMFP_CONFIG: config });
  const [line] = await first.says(/.*\n/);
  const ready = JSON.parse(line);
  const { code, stdout, stderr } = await first.stop("SIGTERM");
  assert.deepEqual([code, stdout, stderr], [0, line, ""]);
  assert.deepEqual([ready.event, ready.rtmfp.length, ready.http.length], ["ready", 2, 1]);
  assert.match(ready.fingerprint, /^[0-9a-f]{64}$/);
  assert.equal(new Date(ready.time).toISOString(), ready.time);

  const argv = ["rendezvous", "--config", config, "--rtmfp", "127.0.0.1:0"];
  const second = new Terminal(argv, { RTMFP_RTMFP: "[::1]:0", RTMFP_JSON: "0" });
  const [text] = await second.says(/rendezvous at .*\n/);
  assert.match(text, /rtmfp:\/\/127\.0\.0\.1:\d+\/chat/);
  assert.equal((await second.stop()).code, 0);
  const third = new Program([...argv]);
  const { fingerprint } = await third.event("ready");
  assert.equal(fingerprint, ready.fingerprint, "the identity in --data is kept");
  const inUse = await rtmfp(...argv);
  assert.equal(inUse.code, 2);
  assert.match(inUse.stdout, /--data: another server uses this folder \(process \d+\)/);
  assert.equal(await third.stop(), 0);
});

test("RTMP and HTTP are served beside RTMFP unless they are not wanted, RTMPS where it is wanted", async () => {
  const { cert, key } = selfSigned("localhost", new Date());
  const files = [
    "--tls-cert",
    configFile("cert.pem", cert),
    "--tls-key",
    configFile("key.pem", key),
  ];
  const rtmps = ["--rtmps", "127.0.0.1:0", ...files, "--tls-max", "1.2"];
  const server = new Program(["rendezvous", ...ANY_PORTS, ...rtmps]);
  const without = new Program(["rendezvous", ...ANY_PORTS, "--rtmp", "none", "--http", "none"]);
  const ready = await server.event("ready");
  const port = Number(addressOf(ready, "rtmps").split(":").at(-1));
  const socket = connect({ host: "127.0.0.1", port, ca: cert, servername: "localhost" });
  await once(socket, "secureConnect");
  assert.equal(socket.getProtocol(), "TLSv1.2");
  socket.destroy();
  assert.match(addressOf(ready, "rtmp"), /^127\.0\.0\.1:[1-9]/);
  const { rtmp, http } = await without.event("ready");
  assert.deepEqual([rtmp, http], [[], []]);
  assert.deepEqual(await Promise.all([server.stop(), without.stop()]), [0, 0]);
});

test("logs go to standard error, events to standard output", async () => {
  const server = new Program(["rendezvous", ...ANY_PORTS, "--log-level", "info"]);
  await server.event("ready");
  assert.equal(await server.stop(), 0);
  assert.deepEqual(
    server.events.map(({ event }) => event),
    ["ready"],
  );
  const logs = server.stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    logs.map(({ msg }) => msg),
    ["listening", "closed"],
  );
});

test("Ctrl-C, and a terminal that is closed, end a server, however short it is to drain", async () => {
  for (const signal of ["SIGINT", "SIGHUP"] as const) {
    const server = new Terminal(["rendezvous", ...ANY_PORTS, "--drain", "0.0015"]);
    await server.says(/rendezvous at/);
    const { code, stderr } = await server.stop(signal);
    assert.deepEqual([code, stderr], [0, ""]);
  }
});

test("up is for this machine alone unless it is told otherwise, a server is for everybody", async () => {
  const anyPort = ["--rtmfp", "0", "--http", "none"];
  const [up, server] = [new Terminal(["up", ...anyPort]), new Program(["rendezvous", ...anyPort])];
  await up.says(
    /rtmfp:\/\/127\.0\.0\.1:\d+[\s\S]*Only this machine gets in; --rtmfp 0\.0\.0\.0:1935 /,
  );
  assert.match(addressOf(await server.event("ready"), "rtmfp"), /^0\.0\.0\.0:\d+$/);
  assert.deepEqual([(await up.stop()).code, await server.stop()], [0, 0]);
  const { stdout } = await rtmfp("up", "--help");
  assert.match(stdout, / {2}--rtmfp HOST:PORT .*\(default: 127\.0\.0\.1:1935\)\n/);
});

test("up prints lines to copy, and they work", async () => {
  const up = new Terminal(["up", ...ANY_PORTS]);
  const peers: Terminal[] = [];
  try {
    const [, page = ""] = await up.says(/status page +(http:\S+)/);
    await up.says(/Ctrl-C/);
    const lines = [...up.stdout.matchAll(/^ +npx rtmfp (peer .*)$/gm)].map(
      ([, args]) => args ?? "",
    );
    assert.equal(lines.length, 2);
    assert.deepEqual(
      lines.map((line) => /--rtmp (\S+)$/.exec(line)?.[1]),
      ["127.0.0.1:1936", "127.0.0.1:1937"],
    );
    assert.match(up.stdout, /^ +ffmpeg .* rtmp:\/\/127\.0\.0\.1:1936\/local\/cam$/m);
    assert.match(up.stdout, /^ +ffplay rtmp:\/\/127\.0\.0\.1:1937\/pair\/cam$/m);
    for (const line of lines) {
      peers.push(new Terminal(line.replace(/:193[67]$/, ":0").split(" ")));
    }
    await Promise.all(peers.map((peer) => peer.says(/paired with [0-9a-f]{64}\n/)));
    const status = await (await fetch(new URL("api/status", page))).json();
    assert.equal((status as { counts: { pairs: number } }).counts.pairs, 1);
  } finally {
    for (const peer of peers) assert.equal((await peer.stop()).code, 0);
    assert.deepEqual((await up.stop()).stderr, "");
  }
});

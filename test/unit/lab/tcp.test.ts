import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type ConditionChange,
  type Host,
  Lab,
  type NatSettings,
  Prng,
  type TcpSocket,
} from "../../lab/index.ts";

const SERVER = { ip: "198.51.100.10", port: 1935 };
const PRESERVING: NatSettings = { allocation: { kind: "preserving" } };

/** Collects what a socket receives, and how it ended. */
function listen(socket: TcpSocket): { bytes: number[]; ends: (string | undefined)[] } {
  const heard = { bytes: [] as number[], ends: [] as (string | undefined)[] };
  socket.onData = (bytes) => heard.bytes.push(...bytes);
  socket.onClose = (error) => heard.ends.push(error?.code);
  return heard;
}

interface Connected {
  readonly lab: Lab;
  readonly near: TcpSocket;
  readonly far: TcpSocket;
}

async function connected(conditions: ConditionChange, seed = 1): Promise<Connected> {
  const lab = new Lab({ seed, conditions });
  const accepted: TcpSocket[] = [];
  lab.host(SERVER.ip).listenTcp(SERVER.port, (socket) => accepted.push(socket));
  const host = lab.router("203.0.113.2", { nat: PRESERVING }).host("192.168.1.2");
  const near = await lab.complete(host.connectTcp(SERVER, { localPort: 5000 }), 200_000);
  await lab.runUntil(() => accepted.length === 1, 200_000);
  const [far] = accepted;
  assert.ok(far);
  return { lab, near, far };
}

test("a connection through a NAT: one round trip to open, bytes both ways, an orderly end", async () => {
  const { lab, near, far } = await connected({ delayMs: 20 });
  assert.equal(lab.now, 60);
  assert.deepEqual(far.remoteAddress, { ip: "203.0.113.2", port: 5000 });
  assert.deepEqual(near.remoteAddress, SERVER);
  const [nearHeard, farHeard] = [listen(near), listen(far)];
  near.send(Uint8Array.of(1, 2, 3));
  far.send(Uint8Array.of(4));
  await lab.advance(20);
  assert.deepEqual([nearHeard.bytes, farHeard.bytes], [[4], [1, 2, 3]]);
  near.send(Uint8Array.of(5));
  near.close();
  await lab.advance(200);
  assert.deepEqual(farHeard, { bytes: [1, 2, 3, 5], ends: [undefined] });
  assert.deepEqual(nearHeard.ends, [undefined]);
  assert.equal(near.state, "CLOSED");
});

test("whatever a line loses, doubles and reorders, every byte arrives once and in order", async () => {
  const conditions = fc.record({
    // With much more, TCP rightly gives a connection up now and then.
    loss: fc.double({ min: 0, max: 0.1, noNaN: true }),
    duplicate: fc.double({ min: 0, max: 0.2, noNaN: true }),
    reorder: fc.double({ min: 0, max: 0.2, noNaN: true }),
    jitterMs: fc.nat(20),
  });
  const property = fc.asyncProperty(conditions, fc.nat(), async (change, seed) => {
    const { lab, near, far } = await connected({ ...change, delayMs: 10 }, seed);
    const [nearHeard, farHeard] = [listen(near), listen(far)];
    const random = new Prng(seed);
    const [there, back] = [random.bytes(40_000), random.bytes(5_000)];
    for (let at = 0; at < there.length; at += 7_000) near.send(there.subarray(at, at + 7_000));
    far.send(back);
    far.close();
    await lab.runUntil(() => farHeard.ends.length + nearHeard.ends.length === 2, 1_000_000);
    assert.deepEqual(farHeard.bytes, [...there]);
    assert.deepEqual(nearHeard.bytes, [...back]);
    assert.deepEqual([...nearHeard.ends, ...farHeard.ends], [undefined, undefined]);
  });
  await fc.assert(property, { numRuns: 25 });
});

test("a stream gets most of a slow line's rate, and the queue does not choke it", async () => {
  const { lab, near, far } = await connected({ bytesPerSecond: 125_000, delayMs: 20 });
  const heard = listen(far);
  const started = lab.now;
  near.send(new Uint8Array(1_000_000));
  assert.equal(near.bufferedBytes, 1_000_000);
  let drained = 0;
  near.onDrain = () => {
    drained = lab.now;
  };
  await lab.runUntil(() => heard.bytes.length === 1_000_000 && drained > 0, 60_000);
  const rate = 1_000_000 / ((drained - started) / 1000);
  assert.ok(rate > 90_000, `${Math.round(rate)} bytes a second`);
});

test("a line that is cut for a while delays, one that stays cut ends the connection", async () => {
  const { lab, near, far } = await connected({ delayMs: 10 });
  const [nearHeard, farHeard] = [listen(near), listen(far)];
  lab.setConditions({ loss: 1 });
  near.send(Uint8Array.of(1));
  await lab.advance(10_000);
  lab.setConditions({ loss: 0 });
  await lab.advance(15_000);
  assert.deepEqual(farHeard.bytes, [1]);
  lab.setConditions({ loss: 1 });
  near.send(Uint8Array.of(2));
  await lab.advance(2_000_000);
  assert.deepEqual([nearHeard.ends, farHeard.ends], [["TIMEOUT"], []]);
});

test("connecting to nobody: refused by a host, TIMEOUT behind silence, the signal's reason", async () => {
  const lab = new Lab({ seed: 1 });
  const host = lab.host("192.0.2.1");
  lab.host(SERVER.ip);
  lab.router("203.0.113.2", { nat: { unsolicited: "drop" } });
  lab.router("203.0.113.3", { nat: { unsolicited: "reject" } });
  const connect = (ip: string, signal?: AbortSignal): Promise<TcpSocket> =>
    lab.complete(host.connectTcp({ ip, port: 80 }, { signal }), 200_000);
  await assert.rejects(connect(SERVER.ip), { code: "UNREACHABLE" });
  await assert.rejects(connect("203.0.113.3"), { code: "UNREACHABLE" });
  assert.equal(lab.now, 40);
  await assert.rejects(connect("203.0.113.2"), { code: "TIMEOUT" });
  assert.equal(lab.now, 127_040);
  const stop = new AbortController();
  const connecting = host.connectTcp({ ip: "203.0.113.2", port: 80 }, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(connecting, /enough/);
  await assert.rejects(connect("2001:db8::1"), { code: "UNREACHABLE" });
});

test("a destroyed socket resets its far end", async () => {
  const { lab, near, far } = await connected({ delayMs: 10 });
  const heard = listen(far);
  near.destroy();
  await lab.advance(10);
  assert.deepEqual(heard.ends, ["UNREACHABLE"]);
  near.send(Uint8Array.of(1));
  await lab.advance(100);
  assert.deepEqual(heard.bytes, []);
});

test("a port that listens is taken; one that connects can be shared, but not to the same far end", async () => {
  const lab = new Lab({ seed: 1 });
  lab.host(SERVER.ip).listenTcp(SERVER.port, () => {});
  const host = lab.host("192.0.2.1");
  const listener = host.listenTcp(80, () => {});
  assert.throws(() => host.listenTcp(80, () => {}), { code: "ADDRESS_IN_USE" });
  await assert.rejects(host.connectTcp(SERVER, { localPort: 80 }), { code: "ADDRESS_IN_USE" });
  listener.close();
  await lab.complete(host.connectTcp(SERVER, { localPort: 80 }), 1000);
  await assert.rejects(host.connectTcp(SERVER, { localPort: 80 }), { code: "ADDRESS_IN_USE" });
  void host.connectTcp({ ip: SERVER.ip, port: 9 }, { localPort: 80 }).catch(() => undefined);
  assert.throws(() => host.listenTcp(80, () => {}), { code: "ADDRESS_IN_USE" });
  assert.notEqual(host.listenTcp(0, () => {}).port, 0);
});

test("a NAT that lets TCP pass to some ports only", async () => {
  const lab = new Lab({ seed: 1 });
  const server = lab.host(SERVER.ip);
  for (const port of [443, 1935]) server.listenTcp(port, () => {});
  const host = lab.router("203.0.113.2", { nat: { tcpPorts: [443] } }).host("192.168.1.2");
  await lab.complete(host.connectTcp({ ip: SERVER.ip, port: 443 }), 1000);
  const blocked = host.connectTcp({ ip: SERVER.ip, port: 1935 });
  await assert.rejects(lab.complete(blocked, 200_000), { code: "TIMEOUT" });
});

/** Two homes whose hosts dial each other from port 7000, the second `lateMs` later. */
async function simultaneous(
  one: NatSettings,
  other: NatSettings,
  lateMs: number,
): Promise<boolean> {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 20 } });
  const [a, b] = [
    lab.router("203.0.113.2", { nat: one }).host("192.168.1.2"),
    lab.router("203.0.113.3", { nat: other }).host("192.168.1.2"),
  ];
  const dial = (host: Host, ip: string): Promise<TcpSocket> =>
    host.connectTcp({ ip, port: 7000 }, { localPort: 7000 });
  const first = dial(a, "203.0.113.3");
  first.catch(() => undefined);
  await lab.advance(lateMs);
  const second = dial(b, "203.0.113.2");
  const both = Promise.all([first, second]);
  try {
    const [near, far] = await lab.complete(both, 10_000);
    const heard = listen(far);
    near.send(Uint8Array.of(42));
    await lab.advance(100);
    return heard.bytes[0] === 42;
  } catch {
    return false;
  }
}

// The results of two Linux namespaces; with 20 ms between them, dialling together means within that.
test("RFC 9293 §3.5 simultaneous open through two NATs, as kernels do it", async () => {
  const drop: NatSettings = { ...PRESERVING, unsolicited: "drop" };
  const reject: NatSettings = { ...PRESERVING, unsolicited: "reject" };
  const symmetric: NatSettings = {
    ...drop,
    mapping: "address-and-port-dependent",
    allocation: { kind: "random" },
  };
  assert.equal(await simultaneous(drop, drop, 0), true);
  assert.equal(await simultaneous(drop, drop, 400), true);
  assert.equal(await simultaneous(reject, reject, 400), false);
  assert.equal(await simultaneous(symmetric, drop, 0), false);
});

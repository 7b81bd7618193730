import assert from "node:assert/strict";
import { test } from "node:test";
import { Lab } from "../../lab/index.ts";

const ignore = (): void => {};

test("a taken port is ADDRESS_IN_USE, on the address and on every interface, until it is closed", async () => {
  const host = new Lab({ seed: 1 }).host("10.0.0.1");
  const link = await host.io.bind({ ip: "10.0.0.1", port: 1935 }, ignore);
  for (const ip of ["10.0.0.1", "0.0.0.0"]) {
    await assert.rejects(host.io.bind({ ip, port: 1935 }, ignore), { code: "ADDRESS_IN_USE" });
  }
  await link.close();
  await host.io.bind({ ip: "0.0.0.0", port: 1935 }, ignore);
});

test("an address that is not the host's is UNREACHABLE", async () => {
  const lab = new Lab({ seed: 1 });
  const four = lab.host("10.0.0.1");
  const six = lab.host("2001:db8::1");
  for (const ip of ["10.0.0.2", "::"]) {
    await assert.rejects(four.io.bind({ ip, port: 0 }, ignore), { code: "UNREACHABLE" });
  }
  await assert.rejects(six.io.bind({ ip: "0.0.0.0", port: 0 }, ignore), { code: "UNREACHABLE" });
  assert.equal((await six.io.bind({ ip: "::", port: 7 }, ignore)).address.ip, "::");
});

test("port 0 gives a free ephemeral port, and not at once the one just closed", async () => {
  const host = new Lab({ seed: 1 }).host("10.0.0.1");
  await host.io.bind({ ip: "10.0.0.1", port: 49153 }, ignore);
  const first = await host.io.bind({ ip: "0.0.0.0", port: 0 }, ignore);
  assert.deepEqual(first.address, { ip: "0.0.0.0", port: 49152 });
  await first.close();
  const second = await host.io.bind({ ip: "10.0.0.1", port: 0 }, ignore);
  assert.deepEqual(second.address, { ip: "10.0.0.1", port: 49154 });
});

test("when every ephemeral port is taken, port 0 is ADDRESS_IN_USE", async () => {
  const host = new Lab({ seed: 1 }).host("10.0.0.1");
  const ports = new Set<number>();
  for (let count = 0; count < 16_384; count += 1) {
    const link = await host.io.bind({ ip: "0.0.0.0", port: 0 }, ignore);
    ports.add(link.address.port);
  }
  assert.equal(ports.size, 16_384);
  await assert.rejects(host.io.bind({ ip: "0.0.0.0", port: 0 }, ignore), {
    code: "ADDRESS_IN_USE",
  });
});

test("a link bound to every interface sends from the host's address", async () => {
  const lab = new Lab({ seed: 1 });
  const [a, b] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
  const senders: unknown[] = [];
  const link = await b.io.bind({ ip: "0.0.0.0", port: 5 }, (_, from) => senders.push(from));
  const sender = await a.io.bind({ ip: "0.0.0.0", port: 6 }, ignore);
  sender.send(Uint8Array.of(1), { ip: "10.0.0.2", port: link.address.port });
  await lab.advance(10);
  assert.deepEqual(senders, [{ ip: "10.0.0.1", port: 6 }]);
});

test("a host reaches itself at once, but never within send", async () => {
  const lab = new Lab({ seed: 1, conditions: { loss: 1 } });
  const host = lab.host("10.0.0.1");
  const received: number[] = [];
  const link = await host.io.bind({ ip: "10.0.0.1", port: 5 }, (bytes) => received.push(...bytes));
  link.send(Uint8Array.of(9), link.address);
  assert.deepEqual(received, []);
  await lab.advance(0);
  assert.deepEqual(received, [9]);
});

test("a closed link neither sends nor receives, and closing it again spares its successor", async () => {
  const lab = new Lab({ seed: 1 });
  const [a, b] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
  const fates: string[] = [];
  lab.tap((entry) => fates.push(entry.fate));
  const received: string[] = [];
  const old = await b.io.bind({ ip: "10.0.0.2", port: 5 }, () => received.push("old"));
  const link = await a.io.bind({ ip: "10.0.0.1", port: 6 }, ignore);
  link.send(Uint8Array.of(1), old.address);
  await old.close();
  await lab.advance(10);
  assert.deepEqual(fates, ["sent", "unreachable"]);
  const successor = await b.io.bind({ ip: "10.0.0.2", port: 5 }, () => received.push("new"));
  await old.close();
  old.send(Uint8Array.of(2), link.address);
  link.send(Uint8Array.of(3), successor.address);
  await lab.advance(10);
  assert.deepEqual(fates, ["sent", "unreachable", "sent", "delivered"]);
  assert.deepEqual(received, ["new"]);
});

test("a datagram is a copy: what the sender does to its bytes later does not arrive", async () => {
  const lab = new Lab({ seed: 1 });
  const [a, b] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
  const received: number[] = [];
  const far = await b.io.bind({ ip: "10.0.0.2", port: 5 }, (bytes) => received.push(...bytes));
  const link = await a.io.bind({ ip: "10.0.0.1", port: 6 }, ignore);
  const bytes = Uint8Array.of(1);
  link.send(bytes, far.address);
  bytes[0] = 2;
  await lab.advance(10);
  assert.deepEqual(received, [1]);
});

test("two hosts of one address are refused", () => {
  const lab = new Lab({ seed: 1 });
  lab.host("10.0.0.1");
  assert.throws(() => lab.host("10.0.0.1"), RangeError);
});

test("random bytes depend on the seed and the host alone", () => {
  const bytes = (seed: number, ip: string, before: (lab: Lab) => void = ignore): Uint8Array => {
    const lab = new Lab({ seed });
    before(lab);
    return lab.host(ip).io.random(16);
  };
  const expected = bytes(1, "10.0.0.1");
  const disturb = (lab: Lab): void => {
    lab.host("10.0.0.2").io.random(100);
    lab.random.bytes(3);
  };
  assert.deepEqual(bytes(1, "10.0.0.1", disturb), expected);
  assert.notDeepEqual(bytes(2, "10.0.0.1"), expected);
  assert.notDeepEqual(bytes(1, "10.0.0.2"), expected);
});

test("a host with several addresses has each port once for each of them", async () => {
  const lab = new Lab({ seed: 1 });
  const host = lab.host("10.0.0.1", { also: ["10.0.0.2", "fd00::1"] });
  assert.equal(host.ip, "10.0.0.1");
  for (const ip of ["10.0.0.1", "10.0.0.2", "::"]) await host.io.bind({ ip, port: 1935 }, ignore);
  for (const ip of ["10.0.0.2", "0.0.0.0", "fd00::1"]) {
    await assert.rejects(host.io.bind({ ip, port: 1935 }, ignore), { code: "ADDRESS_IN_USE" });
  }
  assert.throws(() => lab.host("fd00::1"), RangeError);
});

test("a link on every interface sends from the first address of its family, to that family", async () => {
  const lab = new Lab({ seed: 1 });
  const host = lab.host("10.0.0.1", { also: ["10.0.0.2", "fd00::1"] });
  const from: string[] = [];
  const far = lab.host("10.0.0.9", { also: ["fd00::9"] });
  for (const ip of ["10.0.0.9", "fd00::9"]) {
    await far.io.bind({ ip, port: 7 }, (_, source) => void from.push(source.ip));
  }
  for (const ip of ["0.0.0.0", "::"]) {
    const link = await host.io.bind({ ip, port: 1935 }, ignore);
    link.send(new Uint8Array(1), { ip: "10.0.0.9", port: 7 });
    link.send(new Uint8Array(1), { ip: "fd00::9", port: 7 });
  }
  await lab.advance(100);
  assert.deepEqual(from, ["10.0.0.1", "fd00::1"]);
});

test("a host that moves takes its sockets along; what was under way to it is lost", async () => {
  const lab = new Lab({ seed: 1 });
  const [host, far] = [lab.host("10.0.0.1"), lab.host("10.0.0.9")];
  const got: string[] = [];
  const note = (_: Uint8Array, from: { ip: string }): void => void got.push(from.ip);
  const link = await host.io.bind({ ip: "10.0.0.1", port: 1935 }, note);
  const farLink = await far.io.bind({ ip: "10.0.0.9", port: 1935 }, note);
  farLink.send(new Uint8Array(1), link.address);
  host.move("10.0.0.5");
  await lab.advance(100);
  assert.deepEqual(got, []);
  assert.deepEqual(link.address, { ip: "10.0.0.5", port: 1935 });
  link.send(new Uint8Array(1), farLink.address);
  farLink.send(new Uint8Array(1), link.address);
  await lab.advance(100);
  assert.deepEqual(new Set(got), new Set(["10.0.0.5", "10.0.0.9"]));
  assert.throws(() => host.move("10.0.0.9"), RangeError);
  assert.throws(() => host.move("10.0.0.6", "10.0.0.1"), RangeError);
  lab.host("10.0.0.1");
});

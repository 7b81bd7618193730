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

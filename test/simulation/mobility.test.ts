import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "../../protocol/wire/address.ts";
import { type Host, Lab } from "../lab/index.ts";
import { eachSeed } from "../support/seeds.ts";
import { Station, type StationOptions } from "../support/station.ts";
import { Transfer } from "../support/transfer.ts";
import { closeStations } from "../support/two-stations.ts";

const ROUGH = { delayMs: 20, jitterMs: 10, loss: 0.05, duplicate: 0.02, reorder: 0.05 };

const NEVER = { willSendAlways: false, willSendOnRequest: false, request: false };

interface Connected {
  readonly lab: Lab;
  readonly hosts: readonly [Host, Host];
  readonly one: Station;
  readonly other: Station;
}

/** Two stations with a session between them, and the hosts they stand on. */
async function connected(seed: number, options: StationOptions = {}): Promise<Connected> {
  const lab = new Lab({ seed, isPromiseFree: true });
  const hosts = [lab.host("10.0.0.1"), lab.host("10.0.0.2")] as const;
  const one = await new Station(hosts[0].io, 0, options).listen("10.0.0.1", 1935);
  const other = await new Station(hosts[1].io, 1, options).listen("10.0.0.2", 1935);
  one.dial(other);
  await lab.runUntil(() => one.sessions.length > 0 && other.sessions.length > 0, 10_000);
  await lab.advance(100);
  return { lab, hosts, one, other };
}

for (const mover of [0, 1] as const) {
  const role = mover === 0 ? "initiator" : "responder";
  test(`§3.5.3 the ${role} moves in mid-transfer, twice: nothing lost, nothing repeated`, async () => {
    await eachSeed(40, async (seed) => {
      const { lab, hosts, one, other } = await connected(seed);
      lab.setConditions(ROUGH);
      const transfers = [new Transfer(one, other, "there"), new Transfer(other, one, "back")];
      for (const transfer of transfers) transfer.send(lab, 60);
      for (const ip of ["10.0.1.7", "10.0.2.7"]) {
        await lab.advance(50 + lab.random.below(400));
        hosts[mover].move(ip);
        for (const transfer of transfers) transfer.send(lab, 20);
        await lab.advance(3_000);
      }
      for (const transfer of transfers) await transfer.finish(lab, 60_000);
      const [moved, follower] = mover === 0 ? [one, other] : [other, one];
      assert.equal(follower.session.destination.ip, "10.0.2.7");
      assert.equal(moved.eventsOf("address").length, 0);
      assert.equal(one.sessions.length + other.sessions.length, 2, "still the same session");
      await closeStations(lab, one, other);
    });
  });
}

test("§3.5.4.2 an event tells of the move, once it is verified", async () => {
  const { lab, hosts, one, other } = await connected(1);
  hosts[0].move("10.0.9.9");
  new Transfer(one, other, "there").send(lab, 1);
  await lab.advance(29);
  assert.equal(other.eventsOf("address").length, 0, "asked, not answered yet");
  assert.deepEqual(other.session.destination, { ip: "10.0.0.1", port: 1935 });
  await lab.advance(100);
  const [moved] = other.eventsOf("address");
  assert.equal(moved?.session, other.session);
  assert.equal(moved && formatAddress(moved.from.address), "10.0.0.1:1935");
  assert.equal(moved && formatAddress(moved.to.address), "10.0.9.9:1935");
  assert.deepEqual(other.session.path, moved?.to);
  await closeStations(lab, one, other);
});

test("§3.5.4.1 a keepalive Ping hastens the detection in an idle session", async () => {
  const { lab, hosts, one, other } = await connected(1);
  hosts[0].move("10.0.9.9");
  await lab.advance(12_000);
  assert.equal(other.session.destination.ip, "10.0.9.9");
  await closeStations(lab, one, other);
});

for (const mover of [0, 1] as const) {
  const role = mover === 0 ? "initiator" : "responder";
  test(`§3.5.5 the ${role} closes from where nobody has heard of it yet: the answer goes there`, async () => {
    const { lab, hosts, one, other } = await connected(1);
    const [moved, follower] = mover === 0 ? [one, other] : [other, one];
    hosts[mover].move("10.0.9.9");
    moved.driver.turn((now) => moved.session.close(now));
    await lab.advance(30);
    assert.deepEqual([moved.session.state, follower.session.state], ["CLOSED", "FARCLOSE_LINGER"]);
    await closeStations(lab, one, other);
  });
}

for (const crypto of [{}, { hmac: NEVER, sequenceNumbers: NEVER }]) {
  const how = "hmac" in crypto ? "nothing but a checksum" : "HMAC and sequence numbers";
  test(`§3.5.4.2 copies from elsewhere move nothing, with ${how}`, async () => {
    await eachSeed(20, async (seed) => {
      const { lab, one, other } = await connected(seed, { crypto });
      const copies: Uint8Array[] = [];
      let answers = 0;
      const socket = await lab.host("10.6.6.6").io.bind({ ip: "10.6.6.6", port: 666 }, (bytes) => {
        answers += 1;
        socket.send(bytes, other.address);
      });
      lab.tap(({ fate, datagram: { from, to, bytes } }) => {
        if (fate === "sent" && from.ip === "10.0.0.1" && to.ip === "10.0.0.2") copies.push(bytes);
      });
      lab.setConditions({ delayMs: 20, loss: 0.1 });
      const transfer = new Transfer(one, other, "there");
      for (let round = 0; round < 40; round += 1) {
        transfer.send(lab, 3);
        await lab.advance(100);
        for (let count = 0; count < 5; count += 1) {
          const copy = copies[copies.length - 1 - lab.random.below(20)];
          if (copy) socket.send(copy, other.address);
        }
      }
      await transfer.finish(lab, 60_000);
      // A Ping a second, and a reply for each copy of a Ping.
      assert.ok(answers <= 60, `${answers} answers`);
      assert.equal(other.session.destination.ip, "10.0.0.1");
      assert.equal(other.eventsOf("address").length + one.eventsOf("address").length, 0);
      await socket.close();
      await closeStations(lab, one, other);
    });
  });
}

test("§3.5.4.2 the first to deliver a packet is asked, and cannot answer", async () => {
  const { lab, one, other } = await connected(1);
  const mallory = lab.host("10.6.6.6");
  let asked = 0;
  const socket = await mallory.io.bind({ ip: "10.6.6.6", port: 666 }, () => {
    asked += 1;
  });
  // All that goes to the far end is held up, and Mallory's copy comes first.
  lab.path("10.0.0.1", "10.0.0.2").set({ delayMs: 500 });
  lab.tap(({ fate, datagram: { from, bytes } }) => {
    if (fate === "sent" && from.ip === "10.0.0.1") socket.send(bytes, other.address);
  });
  const transfer = new Transfer(one, other, "there");
  for (let round = 0; round < 10; round += 1) {
    transfer.send(lab, 1);
    await lab.advance(700);
  }
  await transfer.finish(lab, 10_000);
  assert.ok(asked >= 3 && asked <= 12, `${asked} Pings in about ${lab.now} ms`);
  assert.equal(other.session.destination.ip, "10.0.0.1");
  await socket.close();
  await closeStations(lab, one, other);
});

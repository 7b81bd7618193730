import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFlashCrypto } from "../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import {
  FAILED_KEYING_BURST,
  FAILED_KEYINGS_PER_SECOND,
  HELLO_ANSWER_BURST_BYTES,
  HELLO_ANSWER_BYTES_PER_SECOND,
} from "../../protocol/params.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { ChunkType } from "../../protocol/wire/chunk.ts";
import { Lab } from "../lab/index.ts";
import { pooledIdentity, Station } from "../support/station.ts";
import { closeStations, twoStations } from "../support/two-stations.ts";
import { assertEmpty, onlyChunk, Victim } from "../support/victim.ts";

const greedy = { ip: "192.0.2.66", port: 1935 };
const elsewhere = { ip: "198.51.100.1", port: 1935 };

describe("§3.5.1.1.2 keyings that are refused", () => {
  /** One for which no key can be agreed on; the session ID makes it no repetition. */
  function fail(victim: Victim, from: Address, cookieEcho: Uint8Array, id: number): void {
    const sessionKeyInitiatorComponent = new Uint8Array(0);
    const keying = { cookieEcho, initiatorSessionId: id, sessionKeyInitiatorComponent };
    assert.deepEqual(victim.key(from, keying), []);
  }

  /** How many of so many were looked at. */
  function lookedAt(
    victim: CountingVictim,
    from: Address,
    cookie: Uint8Array,
    keyings: number,
  ): number {
    const before = victim.responses;
    for (let id = 1; id <= keyings; id += 1) fail(victim, from, cookie, id);
    return victim.responses - before;
  }

  test("a network has so many, and then none of it is looked at; others are", () => {
    const victim = new CountingVictim();
    const cookie = victim.cookieFor(greedy);
    assert.equal(lookedAt(victim, greedy, cookie, 2_000), FAILED_KEYING_BURST);
    const neighbour = { ...greedy, ip: "192.0.2.67" };
    assert.equal(lookedAt(victim, neighbour, victim.cookieFor(neighbour), 10), 0);
    assert.equal(victim.endpoint.stats.malformed, 2_010, "all of them were counted");
    assert.equal(victim.open(greedy, cookie, 9_000), false);
    assert.ok(victim.open(elsewhere, victim.cookieFor(elsewhere), 1), "others get in");
    victim.now += 1_000;
    assert.equal(lookedAt(victim, greedy, cookie, 2_000), FAILED_KEYINGS_PER_SECOND);
    victim.now += 1_000;
    assert.ok(victim.open(greedy, cookie, 9_000), "and so does who mends his ways");
  });

  test("dozens of peers with a wrong password keep no neighbour out", async () => {
    const password = { id: "ada", secret: "countess" };
    const { lab, one, other } = await twoStations(1, {}, { crypto: { password } });
    const nat = lab.host("10.0.0.3").io;
    const wrong: Station[] = [];
    for (let index = 0; index < 40; index += 1) {
      const options = { crypto: { password: { ...password, secret: "baron" } } };
      const peer = new Station(nat, 2 + (index % 30), options);
      wrong.push(await peer.listen("10.0.0.3", 2_000 + index));
      peer.dial(one);
    }
    await lab.advance(60_000);
    assert.equal(one.sessions.length, 0);
    assert.ok(one.driver.endpoint.stats.malformed > 100, "they were refused");
    other.dial(one);
    await lab.advance(1_000);
    assert.equal(one.sessions.length, 1);
    await closeStations(lab, one, other, ...wrong);
  });
});

describe("options: sessions of one address", () => {
  test("are so many and no more, whatever its ports; others have theirs", () => {
    const victim = new Victim({ maxSessionsPerAddress: 3 });
    const open = (from: Address, id: number): boolean =>
      victim.open(from, victim.cookieFor(from), id);
    for (let id = 1; id <= 3; id += 1) assert.ok(open({ ...greedy, port: 2_000 + id }, id));
    assert.equal(open(greedy, 4), false);
    assert.ok(open({ ...greedy, ip: "192.0.2.67" }, 4));
    victim.sessions[0]?.abort();
    victim.wait(0);
    assert.ok(open(greedy, 4), "one has gone");
    assert.equal(open(greedy, 5), false);
    victim.endpoint.abort();
    victim.wait(0);
    assertEmpty(victim);
  });

  test("count when they have proven themselves as well, but not if we open them", async () => {
    const lab = new Lab({ seed: 1 });
    const { io } = lab.host("10.0.0.2");
    const limits = { maxSessionsPerAddress: 1 };
    const one = await new Station(lab.host("10.0.0.1").io, 0, limits).listen("10.0.0.1", 1935);
    const other = await new Station(io, 1).listen("10.0.0.2", 1935);
    const neighbour = await new Station(io, 2).listen("10.0.0.2", 1936);
    other.dial(one);
    await lab.runUntil(() => one.sessions.length === 1, 1_000);
    await lab.advance(10_000);
    assert.ok(one.session.isConfirmed);
    neighbour.dial(one, [one.address], 5_000);
    await lab.advance(5_000);
    assert.equal(neighbour.eventsOf("open-failed").length, 1);
    one.dial(neighbour);
    await lab.advance(1_000);
    assert.equal(one.sessions.length, 2);
    await closeStations(lab, one, other, neighbour);
  });

  for (const ip of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
    test(`this machine itself (${ip}) has no such limit`, () => {
      const victim = new Victim({ maxSessionsPerAddress: 0 });
      const here = { ip, port: 1935 };
      for (let id = 1; id <= 9; id += 1) assert.ok(victim.open(here, victim.cookieFor(here), id));
    });
  }
});

test("§3.5.1.2 Cookie Changes share with answers to hellos what a network gets", () => {
  const victim = new Victim();
  const cookieEcho = victim.cookieFor(elsewhere);
  const change = (): boolean => {
    const sent = victim.key(greedy, { cookieEcho, initiatorSessionId: 7 });
    if (sent.length === 0) return false;
    assert.equal(onlyChunk(sent).type, ChunkType.cookieChange);
    return true;
  };
  let changes = 0;
  while (change()) changes += 1;
  assert.equal(changes, HELLO_ANSWER_BURST_BYTES / cookieEcho.length);
  assert.equal(victim.hello(greedy), undefined);
  assert.equal(victim.endpoint.stats.malformed, 2);
  assert.ok(victim.hello(elsewhere));
  victim.now += 1_000;
  changes = 0;
  while (change()) changes += 1;
  assert.equal(changes, HELLO_ANSWER_BYTES_PER_SECOND / cookieEcho.length);
});

/** Counts for how many keyings it has computed something. */
class CountingVictim extends Victim {
  responses = 0;

  constructor() {
    const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(0));
    const respond = crypto.respond.bind(crypto);
    super({
      crypto: Object.assign(crypto, {
        respond: (...args: Parameters<typeof respond>) => {
          this.responses += 1;
          return respond(...args);
        },
      }),
    });
  }
}

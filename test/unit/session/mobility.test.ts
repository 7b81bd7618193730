import assert from "node:assert/strict";
import { test } from "node:test";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { MAX_PATH_QUESTIONS } from "../../../protocol/params.ts";
import { type Path, samePath } from "../../../protocol/session/events.ts";
import { Mobility } from "../../../protocol/session/mobility.ts";
import { ticks } from "../../../protocol/session/round-trip.ts";
import { pooledIdentity } from "../../support/station.ts";

const HOME: Path = { link: 0, address: { ip: "10.0.0.2", port: 1935 } };
const AWAY: Path = { link: 0, address: { ip: "10.0.0.9", port: 1935 } };
const PORT: Path = { link: 0, address: { ip: "10.0.0.2", port: 2000 } };
/** Of the lowest rank, and nobody speaks in another's name there. */
const RELAYED: Path = { link: 2, address: { ip: "fd00::1", port: 0 } };
const NOTHING = new Uint8Array(0);

/** A Mobility with a memory of what it did. */
class Stand {
  readonly pings: { readonly path: Path; readonly message: Uint8Array }[] = [];
  readonly moves: Path[] = [];
  readonly roundTrips: (number | undefined)[] = [];
  readonly changes: boolean[] = [];
  readonly mobility = new Mobility(
    {
      crypto: createFlashCrypto(nodePrimitives, pooledIdentity(0)),
      roundTrip: {
        timeoutMs: 250,
        restart: (roundTripMs) => void this.roundTrips.push(roundTripMs),
      },
      rank: (link) => -link,
      isVouched: (link) => link === RELAYED.link,
      decides: true,
      transmission: { changePath: (isSimilar) => void this.changes.push(isSimilar) },
      ping: (path, message) => void this.pings.push({ path, message }),
      moved: (_, to) => void this.moves.push(to),
    },
    HOME,
    0,
  );

  hear(path: Path, now: number): void {
    this.mobility.noteHeard(path, ticks(now), now);
  }

  pingsTo(path: Path): number {
    return this.pings.filter((ping) => samePath(ping.path, path)).length;
  }

  /** Returns the last Ping's message from `path`. */
  answer(path: Path, now: number): void {
    this.mobility.takeReply(this.pings.at(-1)?.message ?? NOTHING, path, now);
  }
}

test("§3.5.4.2 packets from where the far end is ask nothing", () => {
  const stand = new Stand();
  for (let now = 0; now < 10_000; now += 100) stand.hear(HOME, now);
  assert.equal(stand.pings.length, 0);
  assert.equal(stand.mobility.timeout, Number.POSITIVE_INFINITY);
});

test("§3.5.4.2 packets from elsewhere are asked about once a second, wherever they come from", () => {
  const stand = new Stand();
  for (let now = 0; now < 10_000; now += 10) stand.hear(now % 20 === 0 ? AWAY : PORT, now);
  assert.equal(stand.pings.length, 10);
});

test("§3.5.4.2 the answer from there moves the session; from anywhere else it does not", () => {
  const stand = new Stand();
  stand.hear(AWAY, 1_000);
  stand.answer(HOME, 1_040);
  stand.answer(PORT, 1_040);
  assert.deepEqual(stand.mobility.path, HOME);
  stand.answer(AWAY, 1_080);
  assert.deepEqual(stand.mobility.path, AWAY);
  assert.deepEqual(stand.moves, [AWAY]);
  assert.deepEqual(stand.roundTrips, [80]);
  stand.answer(HOME, 1_090);
  assert.deepEqual(stand.moves, [AWAY]);
});

test("§3.5.3 packets that were sent before the move and come after it are not asked about", () => {
  const stand = new Stand();
  stand.hear(HOME, 1_000);
  stand.hear(AWAY, 1_004);
  stand.answer(AWAY, 1_050);
  stand.mobility.noteHeard(HOME, ticks(1_000), 3_000);
  stand.mobility.noteHeard(HOME, ticks(900), 3_000);
  assert.equal(stand.pings.length, 1);
  stand.mobility.noteHeard(HOME, ticks(2_990), 3_100);
  assert.equal(stand.pings.length, 2, "and when the far end does return, it is");
});

test("§3.5.3 after a long silence any timestamp may be the latest; without one a packet counts", () => {
  const stand = new Stand();
  stand.hear(HOME, 200_000);
  stand.mobility.noteHeard(AWAY, ticks(200_000 - 4_000), 330_000);
  assert.equal(stand.pings.length, 1);
  stand.mobility.noteHeard(AWAY, undefined, 332_000);
  assert.equal(stand.pings.length, 2);
});

test("an empty reply from elsewhere: the far end is followed when it is silent where it was", () => {
  const stand = new Stand();
  stand.hear(AWAY, 1_000);
  stand.mobility.takeReply(NOTHING, AWAY, 1_050);
  assert.equal(stand.pingsTo(HOME), 1);
  stand.mobility.advance(2_050);
  stand.mobility.takeReply(NOTHING, AWAY, 2_090);
  stand.mobility.advance(3_050);
  assert.equal(stand.pingsTo(HOME), 3);
  assert.deepEqual(stand.moves, []);
  assert.equal(stand.mobility.timeout, 4_050);
  stand.mobility.advance(4_050);
  assert.deepEqual(stand.moves, [AWAY]);
  assert.equal(stand.mobility.timeout, Number.POSITIVE_INFINITY);
  assert.deepEqual(stand.roundTrips, [undefined]);
});

test("an empty reply from elsewhere: a far end that still speaks where it was stays there", () => {
  const stand = new Stand();
  stand.hear(AWAY, 1_000);
  stand.mobility.takeReply(NOTHING, AWAY, 1_050);
  stand.hear(HOME, 2_900);
  for (let now = 3_000; now < 20_000; now += 500) stand.mobility.advance(now);
  assert.deepEqual(stand.moves, []);
});

test("an empty reply proves nothing of who was not asked, or has copied a message before", () => {
  const stand = new Stand();
  stand.mobility.takeReply(NOTHING, AWAY, 1_000);
  stand.hear(AWAY, 2_000);
  stand.mobility.takeReply(NOTHING, PORT, 2_050);
  assert.equal(stand.mobility.timeout, Number.POSITIVE_INFINITY);
  stand.answer(AWAY, 2_060);
  stand.hear(HOME, 4_000);
  stand.mobility.takeReply(NOTHING, HOME, 4_050);
  assert.equal(stand.mobility.timeout, Number.POSITIVE_INFINITY);
  assert.deepEqual(stand.moves, [AWAY]);
});

test("of the questions only the latest are remembered", () => {
  const port = (index: number): Path => ({
    ...PORT,
    address: { ip: "10.0.0.2", port: 3_000 + index },
  });
  for (const [asked, isMoved] of [
    [MAX_PATH_QUESTIONS, true],
    [MAX_PATH_QUESTIONS + 1, false],
  ] as const) {
    const stand = new Stand();
    for (let index = 0; index < asked; index += 1) stand.mobility.probe(port(index), index);
    // The first that was asked answers from a port of its own.
    stand.mobility.takeReply(stand.pings[0]?.message ?? NOTHING, PORT, 1_000);
    assert.equal(stand.moves.length === 1, isMoved, `${asked} questions`);
  }
});

test("§3.5.4.2 over another link the same address is another path", () => {
  const stand = new Stand();
  const path = { link: 1, address: HOME.address };
  stand.hear(path, 1_000);
  stand.answer(HOME, 1_010);
  assert.deepEqual(stand.moves, []);
  stand.answer(path, 1_020);
  assert.deepEqual(stand.moves, [path]);
});

test("after a move to another port the path is similar, with another IP address or link it is not", () => {
  const cases: [Path, boolean][] = [
    [PORT, true],
    [AWAY, false],
    [{ link: -1, address: HOME.address }, false],
  ];
  for (const [to, isSimilar] of cases) {
    const stand = new Stand();
    stand.hear(to, 1_000);
    stand.answer(to, 1_080);
    assert.deepEqual(stand.changes, [isSimilar]);
  }
});

test("who is heard on a link that is vouched for needs no proof, once the better path is silent", () => {
  const stand = new Stand();
  stand.hear(HOME, 1_000);
  stand.hear(RELAYED, 1_200);
  assert.deepEqual([stand.moves, stand.pings.length], [[], 0], "it is not silent yet");
  stand.mobility.noteHeard(RELAYED, ticks(900), 1_400);
  assert.deepEqual(stand.moves, [], "that was sent before");
  stand.hear(RELAYED, 1_500);
  assert.deepEqual(stand.moves, [RELAYED]);
  assert.equal(stand.pingsTo(RELAYED), 1);
});

test("our own change of link needs no proof", () => {
  const stand = new Stand();
  stand.mobility.changeLink(3, 1_000);
  assert.deepEqual(stand.moves, [{ link: 3, address: HOME.address }]);
  assert.deepEqual(stand.roundTrips, [undefined]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  HALF_OPEN_PATIENCE_MS,
  MAX_HALF_OPEN,
  MAX_HALF_OPEN_PER_NETWORK,
  MAX_HALF_OPEN_PER_SOURCE,
} from "../../../protocol/params.ts";
import { HalfOpen } from "../../../protocol/session/half-open.ts";
import type { Address } from "../../../protocol/wire/address.ts";

let lastId = 0;

class Opened {
  readonly id: number;
  isAborted = false;

  constructor() {
    lastId += 1;
    this.id = lastId;
  }

  abort(): void {
    this.isAborted = true;
  }
}

/** Opens one more if there is room. */
function open(halfOpen: HalfOpen<Opened>, from: Address, now: number): Opened | undefined {
  if (!halfOpen.makeRoom(from, now)) return undefined;
  const session = new Opened();
  halfOpen.add(session, from, now);
  return session;
}

const at = (ip: string, port = 1935): Address => ({ ip, port });
/** All in one IPv6 /56, so many in each /64. */
const neighbour = (index: number, perSource: number): Address =>
  at(`2001:db8:0:${Math.floor(index / perSource).toString(16)}::1`, 1 + (index % perSource));

test("a source has its share, whatever its ports; others are let in all the same", () => {
  const halfOpen = new HalfOpen<Opened>();
  for (let port = 0; port < MAX_HALF_OPEN_PER_SOURCE; port += 1) {
    assert.ok(open(halfOpen, at("10.0.0.1", port), 0));
  }
  assert.equal(open(halfOpen, at("10.0.0.1", 9), 0), undefined);
  assert.ok(open(halfOpen, at("10.0.0.2"), 0));
});

test("who proves itself, or is gone, makes room", () => {
  const halfOpen = new HalfOpen<Opened>();
  const all = Array.from({ length: MAX_HALF_OPEN_PER_SOURCE }, () => open(halfOpen, at("::1"), 0));
  const [first] = all;
  assert.ok(first);
  halfOpen.delete(first);
  halfOpen.delete(first);
  assert.ok(open(halfOpen, at("::1"), 0));
  assert.equal(open(halfOpen, at("::1"), 0), undefined);
  assert.equal(first.isAborted, false);
});

test("the oldest of a source that had its time goes, and no younger one", () => {
  const halfOpen = new HalfOpen<Opened>();
  const all = Array.from({ length: MAX_HALF_OPEN_PER_SOURCE }, (_, now) =>
    open(halfOpen, at("::1"), now),
  );
  assert.equal(open(halfOpen, at("::1"), HALF_OPEN_PATIENCE_MS - 1), undefined);
  assert.ok(open(halfOpen, at("::1"), HALF_OPEN_PATIENCE_MS));
  assert.equal(open(halfOpen, at("::1"), HALF_OPEN_PATIENCE_MS), undefined);
  assert.deepEqual(
    all.slice(0, 3).map((session) => session?.isAborted),
    [true, false, false],
  );
});

test("§3.5.1.1.2 a line with many /64s has the share of one network, and nobody else's", () => {
  const halfOpen = new HalfOpen<Opened>();
  for (let index = 0; index < MAX_HALF_OPEN_PER_NETWORK; index += 1) {
    assert.ok(open(halfOpen, neighbour(index, MAX_HALF_OPEN_PER_SOURCE), 0), `session ${index}`);
  }
  assert.equal(open(halfOpen, at("2001:db8::1"), 0), undefined);
  const isIn = open(halfOpen, at("203.0.113.5"), 0);
  assert.ok(isIn);
  assert.equal(halfOpen.size, MAX_HALF_OPEN_PER_NETWORK + 1);
});

test("§3.5.1.1.2 a few of a network do not keep their neighbours out", () => {
  const halfOpen = new HalfOpen<Opened>();
  const all = Array.from({ length: MAX_HALF_OPEN_PER_NETWORK }, (_, index) =>
    open(halfOpen, neighbour(index, MAX_HALF_OPEN_PER_SOURCE), 0),
  );
  const honest = open(halfOpen, at("2001:db8:0:ff::1"), 0);
  assert.ok(honest);
  assert.equal(halfOpen.size, MAX_HALF_OPEN_PER_NETWORK);
  assert.equal(all[0]?.isAborted, true, "the oldest of the first that has most");
  assert.equal(all.filter((session) => session?.isAborted).length, 1);
  for (let index = 0; index < 2_000; index += 1) {
    open(halfOpen, neighbour(index, MAX_HALF_OPEN_PER_SOURCE), 0);
  }
  assert.equal(honest.isAborted, false, "nor can they drive one out");
});

/** Sixteen networks have taken the whole table. */
function crowded(): { halfOpen: HalfOpen<Opened>; all: Opened[] } {
  const halfOpen = new HalfOpen<Opened>();
  const all = Array.from({ length: MAX_HALF_OPEN }, (_, index) => {
    const session = open(halfOpen, at(`10.0.${index % 16}.${index >> 4}`), 0);
    assert.ok(session, `session ${index}`);
    return session;
  });
  assert.equal(halfOpen.size, MAX_HALF_OPEN);
  return { halfOpen, all };
}

test("§3.5.1.1.2 a full table lets newcomers from elsewhere in, instead of the oldest of who has most", () => {
  const { halfOpen, all } = crowded();
  const honest = Array.from({ length: 60 }, () => open(halfOpen, at("203.0.113.5"), 1));
  assert.ok(honest.every((session) => session));
  assert.equal(halfOpen.size, MAX_HALF_OPEN);
  assert.deepEqual(
    all.filter((session) => session.isAborted),
    all.slice(0, 60),
  );
  for (let index = 0; index < 5_000; index += 1) open(halfOpen, at(`10.0.${index % 16}.1`), 1);
  assert.ok(honest.every((session) => session?.isAborted === false));
  assert.equal(halfOpen.size, MAX_HALF_OPEN);
});

test("§3.5.1.1.2 among equals the oldest goes that had its time, and no younger one", () => {
  const { halfOpen, all } = crowded();
  assert.equal(open(halfOpen, at("10.0.0.1"), HALF_OPEN_PATIENCE_MS - 1), undefined);
  assert.ok(open(halfOpen, at("10.0.0.1"), HALF_OPEN_PATIENCE_MS));
  assert.equal(halfOpen.size, MAX_HALF_OPEN);
  assert.deepEqual(
    all.filter((session) => session.isAborted),
    all.slice(0, 1),
  );
});

test("whoever comes and goes leaves nothing behind", () => {
  const { halfOpen, all } = crowded();
  for (const session of all) halfOpen.delete(session);
  assert.equal(halfOpen.remembered, 0);
});

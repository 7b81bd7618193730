import assert from "node:assert/strict";
import { test } from "node:test";
import { Admission } from "../../../protocol/session/admission.ts";
import type { Address } from "../../../protocol/wire/address.ts";

/** An endpoint's sessions, which are nothing but there. */
class Table {
  readonly sessions = new Set<Admitted>();
  readonly admission: Admission<Admitted>;
  #opened = 0;

  constructor(maxSessions: number, maxSessionsPerAddress = 1_000) {
    this.admission = new Admission({ maxSessions, maxSessionsPerAddress }, this.sessions);
  }

  /** A far end there opens one more, if there is room. */
  open(ip: string, isInUse = true): Admitted | undefined {
    const from: Address = { ip, port: 1935 };
    if (!this.admission.hasRoom(from)) return undefined;
    this.admission.makeRoom(from);
    this.#opened += 1;
    const session = new Admitted(this.#opened, this, isInUse);
    this.sessions.add(session);
    this.admission.add(session, from);
    return session;
  }

  mustOpen(ip: string, isInUse = true): Admitted {
    const session = this.open(ip, isInUse);
    assert.ok(session, `no room for ${ip}`);
    return session;
  }

  /** Those that are gone leave the table. */
  poll(): void {
    for (const session of this.sessions) {
      if (session.state !== "gone") continue;
      this.sessions.delete(session);
      this.admission.delete(session);
    }
  }
}

class Admitted {
  readonly id: number;
  readonly #table: Table;
  readonly isInUse: boolean;
  state: "open" | "closing" | "gone" = "open";

  constructor(id: number, table: Table, isInUse: boolean) {
    this.id = id;
    this.#table = table;
    this.isInUse = isInUse;
  }

  close(): void {
    this.state = "closing";
    this.#table.admission.close(this);
  }

  abort(): void {
    if (this.state === "open") this.#table.admission.close(this);
    this.state = "gone";
  }
}

const times = (count: number, open: () => Admitted): Admitted[] =>
  Array.from({ length: count }, open);

test("an address has so many and no more; one that is closing does not count", () => {
  const table = new Table(100, 2);
  const [first] = times(2, () => table.mustOpen("192.0.2.1"));
  assert.equal(table.open("192.0.2.1"), undefined);
  table.mustOpen("192.0.2.2");
  first?.close();
  table.mustOpen("192.0.2.1");
  assert.equal(first?.state, "closing", "there is room for it");
  times(5, () => table.mustOpen("127.0.0.1"));
});

test("where it is full a newcomer takes the place of one that is closing, the oldest first", () => {
  const table = new Table(3);
  const all = ["192.0.2.1", "198.51.100.1", "203.0.113.1"].map((ip) => table.mustOpen(ip));
  assert.equal(table.open("10.0.0.1"), undefined, "nobody has more than it will have");
  all[2]?.close();
  all[0]?.close();
  table.mustOpen("10.0.0.1");
  table.mustOpen("10.0.1.1");
  assert.deepEqual(
    all.map(({ state }) => state),
    ["gone", "open", "gone"],
  );
  assert.equal(table.open("10.0.2.1"), undefined);
  table.poll();
  assert.equal(table.sessions.size, 3);
});

test("where it is full a newcomer takes the place of the oldest of who has most that carries nothing", () => {
  const table = new Table(20);
  const neighbour = table.mustOpen("192.0.2.2", false);
  const used = times(5, () => table.mustOpen("192.0.2.1"));
  const unused = times(2, () => table.mustOpen("192.0.2.1", false));
  const others = times(12, () => table.mustOpen("10.0.0.1"));
  for (const session of others.slice(0, 6)) session.close();
  times(6, () => table.mustOpen("10.0.1.1"));
  const newcomers = times(3, () => table.mustOpen("203.0.113.1"));
  assert.ok(unused.every(({ state }) => state === "gone"));
  assert.equal(others[6]?.state, "gone", "all three have six by then, and it had them first");
  const stay = [neighbour, ...used, ...others.slice(7), ...newcomers];
  assert.ok(stay.every(({ state }) => state === "open"));
  times(2, () => table.mustOpen("203.0.113.1"));
  assert.equal(table.open("203.0.113.1"), undefined, "it has as many as the others");
  table.poll();
  assert.equal(table.sessions.size, 20);
});

test("who has few is not kept out by a neighbour who has many, nor driven out by him", () => {
  const table = new Table(10);
  const greedy = times(10, () => table.mustOpen("192.0.2.1"));
  const honest = times(4, () => table.mustOpen("192.0.2.2"));
  for (let round = 0; round < 50; round += 1) table.open("192.0.2.1");
  assert.ok(honest.every(({ state }) => state === "open"));
  assert.equal(greedy.filter(({ state }) => state === "open").length, 6);
});

test("sixteen networks that open whatever they can keep nobody out for whom there is a place", () => {
  const table = new Table(256);
  const storm = (): void => {
    for (let index = 0; index < 512; index += 1) {
      table.open(`2001:db8:${index % 16}:${index >> 4}::1`);
    }
  };
  storm();
  assert.equal(table.sessions.size, 256);
  const honest = Array.from({ length: 100 }, (_, index) => table.mustOpen(`10.0.${index}.1`));
  storm();
  assert.ok(honest.every(({ state }) => state === "open"));
  table.poll();
  assert.equal(table.sessions.size, 256);
});

test("those that we have opened stay", () => {
  const table = new Table(2);
  const ours = [-1, -2].map((id) => new Admitted(id, table, false));
  for (const session of ours) table.sessions.add(session);
  assert.equal(table.open("10.0.0.1"), undefined);
  assert.ok(ours.every(({ state }) => state === "open"));
});

test("whoever comes and goes leaves nothing behind", () => {
  const table = new Table(10);
  times(10, () => table.mustOpen("192.0.2.1"));
  times(4, () => table.mustOpen("10.0.0.1"));
  for (const session of [...table.sessions].slice(7)) session.close();
  for (const session of table.sessions) session.abort();
  table.poll();
  assert.deepEqual([table.sessions.size, table.admission.remembered], [0, 0]);
});

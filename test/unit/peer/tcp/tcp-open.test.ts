import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ATTEMPT_MS, TcpOpen } from "../../../../peer/tcp/tcp-open.ts";

const one = { ip: "192.0.2.1", port: 1 };
const other = { ip: "192.0.2.2", port: 2 };

test("everybody is dialled at the start, and not before", () => {
  const open = new TcpOpen([one, other], 1_000);
  assert.equal(open.timeout, 1_000);
  assert.deepEqual(open.advance(999), []);
  assert.deepEqual(open.advance(1_000), [one, other]);
});

test("who was refused is dialled again at the next time of the table, the others stay under way", () => {
  const open = new TcpOpen([one, other], 0);
  open.advance(0);
  open.failed(one);
  assert.deepEqual(open.advance(open.timeout - 1), []);
  assert.deepEqual(open.advance(open.timeout), [one]);
  open.opened(one);
  open.failed(other);
  assert.deepEqual(open.advance(open.timeout), [other]);
});

test("a late turn makes up for nothing: what is due is dialled once", () => {
  const open = new TcpOpen([one], 0);
  assert.deepEqual(open.advance(1_000), [one]);
  open.failed(one);
  assert.ok(open.timeout > 1_000);
});

test("whatever happens, an attempt is over in time, and dials a bounded number of times", () => {
  const happenings = fc.array(
    fc.record({
      what: fc.constantFrom("failed" as const, "opened" as const, "advance" as const),
      whom: fc.constantFrom(one, other, { ip: "192.0.2.3", port: 3 }),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(happenings, fc.nat(10_000), (all, startAt) => {
      const open = new TcpOpen([one, other], startAt);
      let dials = 0;
      for (const { what, whom } of all) {
        if (what === "advance") dials += open.advance(Math.min(open.timeout, 1e9)).length;
        else open[what](whom);
      }
      assert.deepEqual(open.advance(startAt + ATTEMPT_MS), []);
      assert.ok(open.isOver && dials <= 14, `${dials} dials`);
      assert.equal(open.timeout, Number.POSITIVE_INFINITY);
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  HALF_OPEN_PATIENCE_MS,
  MAX_HALF_OPEN,
  MAX_HALF_OPEN_PER_SOURCE,
} from "../../../protocol/params.ts";
import { HalfOpen } from "../../../protocol/session/half-open.ts";
import type { Address } from "../../../protocol/wire/address.ts";

class Opened {
  isAborted = false;

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
const host = (index: number): Address =>
  at(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);

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

test("all sources together have a limit, and the oldest of all that had its time goes", () => {
  const halfOpen = new HalfOpen<Opened>();
  const all = Array.from({ length: MAX_HALF_OPEN }, (_, index) => open(halfOpen, host(index), 0));
  assert.ok(all.every((session) => session));
  assert.equal(open(halfOpen, at("::1"), 0), undefined);
  assert.equal(halfOpen.size, MAX_HALF_OPEN);
  assert.ok(open(halfOpen, at("::1"), HALF_OPEN_PATIENCE_MS));
  assert.equal(halfOpen.size, MAX_HALF_OPEN);
  assert.deepEqual(
    all.filter((session) => session?.isAborted),
    all.slice(0, 1),
  );
});

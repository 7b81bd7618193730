import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  MAX_PACKET_FRAGMENTS,
  MAX_REASSEMBLED_BYTES,
  MAX_REASSEMBLIES,
  MAX_REASSEMBLIES_PER_SOURCE,
} from "../../../protocol/params.ts";
import {
  type FragmentSource,
  PacketReassembly,
} from "../../../protocol/session/packet-reassembly.ts";
import type { PacketFragment } from "../../../protocol/wire/chunks/packet-fragment.ts";

/** `bytes` in pieces that end at `cuts`. */
function cut(bytes: Uint8Array, cuts: readonly number[], packetId = 1): PacketFragment[] {
  const ends = [...new Set(cuts)].filter((at) => at > 0 && at < bytes.length);
  const bounds = [0, ...ends.toSorted((one, other) => one - other), bytes.length];
  return bounds.slice(1).map((end, fragmentNumber) => ({
    moreFragments: end < bytes.length,
    packetId,
    fragmentNumber,
    bytes: bytes.subarray(bounds[fragmentNumber], end),
  }));
}

function fragment(fragmentNumber: number, moreFragments: boolean, length = 1): PacketFragment {
  return { moreFragments, packetId: 7, fragmentNumber, bytes: new Uint8Array(length).fill(1) };
}

const anyPacket = fc.record({
  bytes: fc.uint8Array({ minLength: 1, maxLength: 2_000 }),
  cuts: fc.array(fc.nat(2_000), { maxLength: MAX_PACKET_FRAGMENTS - 1 }),
});

/** Senders are hosts of their own, unless one is named. */
function from(sender: string, host = sender): FragmentSource {
  return { sender, host };
}

test("§3.4 fragments in any order, repeated and mixed with others, make the packet once", () => {
  const anyTwo = fc.tuple(anyPacket, anyPacket, fc.infiniteStream(fc.nat()));
  fc.assert(
    fc.property(anyTwo, ([one, other, numbers]) => {
      const reassembly = new PacketReassembly();
      const due = [
        ...cut(one.bytes, one.cuts).map((piece) => ({ piece, source: "a", of: one })),
        ...cut(other.bytes, other.cuts).map((piece) => ({ piece, source: "b", of: other })),
      ];
      const made = new Map<unknown, Uint8Array>();
      while (due.length > 0) {
        const index = (numbers.next().value ?? 0) % due.length;
        const [next] = due.splice(index, 1);
        if (!next) continue;
        const packet = reassembly.take(next.piece, from(next.source), 0);
        if (packet) made.set(next.of, packet.bytes);
        else
          assert.equal(reassembly.take(next.piece, from(next.source), 0), undefined, "once more");
      }
      assert.deepEqual(made.get(one), one.bytes);
      assert.deepEqual(made.get(other), other.bytes);
    }),
  );
});

test("§3.4 whatever comes, no packet is longer than the limit", () => {
  const anyFragment: fc.Arbitrary<PacketFragment> = fc.record({
    moreFragments: fc.boolean(),
    packetId: fc.nat(3),
    fragmentNumber: fc.oneof(fc.nat(6), fc.nat()),
    bytes: fc.nat(5_000).map((length) => new Uint8Array(length)),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(anyFragment, fc.nat(700)), { maxLength: 60 }), (steps) => {
      const reassembly = new PacketReassembly();
      let now = 0;
      for (const [piece, ms] of steps) {
        now += ms;
        const packet = reassembly.take(piece, from(""), now);
        assert.ok((packet?.bytes.length ?? 0) <= MAX_REASSEMBLED_BYTES);
        assert.ok((packet?.fragments ?? 0) <= MAX_PACKET_FRAGMENTS);
      }
    }),
  );
});

test("§3.4 empty fragments are discarded, and what contradicts what is there", () => {
  const reassembly = new PacketReassembly();
  assert.equal(reassembly.take(fragment(0, false, 0), from(""), 0), undefined);
  assert.equal(reassembly.take(fragment(2, false), from(""), 0), undefined);
  assert.equal(reassembly.take(fragment(1, false), from(""), 0), undefined, "another end");
  assert.equal(reassembly.take(fragment(3, true), from(""), 0), undefined, "behind the end");
  assert.equal(reassembly.take(fragment(0, true), from(""), 0), undefined);
  assert.equal(reassembly.take(fragment(1, true), from(""), 0)?.fragments, 3);
});

test("§3.4 the packets of two sources have nothing to do with each other", () => {
  const reassembly = new PacketReassembly();
  assert.equal(reassembly.take(fragment(0, true), from("one"), 0), undefined);
  assert.equal(reassembly.take(fragment(1, false), from("other"), 0), undefined);
  assert.equal(reassembly.take(fragment(1, false), from("one"), 0)?.bytes.length, 2);
});

test("§3.4 a packet is given up a second after its last progress, and none takes half a minute", () => {
  const stuck = new PacketReassembly();
  stuck.take(fragment(0, true), from(""), 0);
  assert.equal(stuck.take(fragment(1, false), from(""), 1_001), undefined);
  const slow = new PacketReassembly();
  for (let number = 0; number < 31; number += 1)
    slow.take(fragment(number, true), from(""), number * 900);
  assert.equal(slow.take(fragment(31, false), from(""), 31 * 900)?.fragments, 32);
  // Whatever else comes of a packet is no progress.
  const endless = new PacketReassembly();
  let now = 0;
  for (; now === 0 || endless.size > 0; now += 900)
    endless.take(fragment((now / 900) % 64, true), from(""), now);
  assert.ok(now < 32_000, `${now} ms`);
});

test("§3.4 it says when it gives up the one that has waited longest, and forgets it then", () => {
  const reassembly = new PacketReassembly();
  assert.equal(reassembly.timeout, Number.POSITIVE_INFINITY);
  for (const [sender, number, now] of [
    ["one", 0, 0],
    ["other", 0, 100],
    ["one", 1, 500],
  ] as const) {
    reassembly.take(fragment(number, true), from(sender), now);
  }
  for (const [timeout, size] of [
    [1_100, 2],
    [1_500, 1],
  ] as const) {
    assert.deepEqual([reassembly.timeout, reassembly.size], [timeout, size]);
    reassembly.advance(timeout - 1);
    assert.equal(reassembly.size, size);
    reassembly.advance(timeout);
  }
  assert.deepEqual([reassembly.timeout, reassembly.size], [Number.POSITIVE_INFINITY, 0]);
});

test("§3.4 when there are too many packets, the one that waited longest goes", () => {
  const reassembly = new PacketReassembly();
  for (let source = 0; source < MAX_REASSEMBLIES; source += 1) {
    reassembly.take(fragment(0, true), from(`${source}`), 0);
  }
  reassembly.take(fragment(1, true), from("0"), 0);
  reassembly.take(fragment(0, true), from("new"), 0);
  assert.equal(reassembly.take(fragment(2, false), from("0"), 0)?.fragments, 3, "it made progress");
  assert.equal(reassembly.take(fragment(1, false), from("1"), 0), undefined, "it went");
  assert.equal(reassembly.take(fragment(1, false), from("new"), 0)?.fragments, 2);
});

test("§3.4 a packet comes in so many fragments and no more", () => {
  for (const count of [MAX_PACKET_FRAGMENTS, MAX_PACKET_FRAGMENTS + 1]) {
    const reassembly = new PacketReassembly();
    const made = Array.from({ length: count }, (_, number) =>
      reassembly.take(fragment(number, number + 1 < count), from(""), 0),
    );
    assert.equal(made.at(-1)?.fragments, count > MAX_PACKET_FRAGMENTS ? undefined : count);
  }
});

test("§3.4 a packet above the limit is dropped", () => {
  const reassembly = new PacketReassembly();
  reassembly.take(fragment(0, true, MAX_REASSEMBLED_BYTES), from(""), 0);
  assert.equal(reassembly.take(fragment(1, false), from(""), 0), undefined);
  assert.equal(
    reassembly.take(fragment(0, false, MAX_REASSEMBLED_BYTES), from(""), 0)?.fragments,
    1,
  );
});

test("§3.4 when a host has too many packets, one of its own goes, whatever its ports", () => {
  const reassembly = new PacketReassembly();
  const take = (number: number, isLast: boolean, sender: string, host: string) =>
    reassembly.take(fragment(number, !isLast), from(sender, host), 0);
  take(0, false, "honest", "elsewhere");
  for (let port = 0; port < 10 * MAX_REASSEMBLIES; port += 1) take(0, false, `${port}`, "greedy");
  assert.equal(take(1, true, "honest", "elsewhere")?.fragments, 2);
  const kept = 10 * MAX_REASSEMBLIES - MAX_REASSEMBLIES_PER_SOURCE;
  assert.equal(take(1, true, `${kept}`, "greedy")?.fragments, 2);
  assert.equal(take(1, true, `${kept - 1}`, "greedy"), undefined);
});

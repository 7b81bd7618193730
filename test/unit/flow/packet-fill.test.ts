import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mostFragments, PacketFill } from "../../../protocol/flow/packet-fill.ts";

const LIMIT = 1_000;
const HEADER = 4;

test("§2.3.12 the beginning of a long message fills the packet with the end of the one before", () => {
  const fill = new PacketFill();
  assert.equal(fill.add(2_300, LIMIT, false), LIMIT);
  assert.equal(fill.add(2_300, LIMIT, true), LIMIT - 300 - HEADER);
  assert.equal(
    fill.add(5_000, LIMIT, true),
    LIMIT - ((2_300 - (LIMIT - 300 - HEADER)) % LIMIT) - HEADER,
  );
});

test("§2.3.12 nothing is filled that has been sent already", () => {
  const fill = new PacketFill();
  fill.add(2_300, LIMIT, false);
  assert.equal(fill.add(2_300, LIMIT, false), LIMIT);
});

test("§2.3.12 messages that fit into a packet are never cut, and count together", () => {
  const fill = new PacketFill();
  assert.equal(fill.add(400, LIMIT, false), 400);
  assert.equal(fill.add(300, LIMIT, true), 300);
  assert.equal(fill.add(900, LIMIT, true), 900, "goes into the next packet");
  assert.equal(fill.add(10, LIMIT, true), 10);
  assert.equal(fill.add(2_000, LIMIT, true), LIMIT, "86 bytes are not worth a fragment");
  fill.add(1_500, LIMIT, true);
});

test("§2.3.12 whatever comes: packets hold what they should, and are full where messages are cut", () => {
  const messages = fc.array(fc.record({ length: fc.nat(5_000), isWaiting: fc.boolean() }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(messages, (list) => {
      const fill = new PacketFill();
      // The packet of the last fragment, as a sender would fill it.
      let packet = 0;
      for (const { length, isWaiting } of list) {
        const first = fill.add(length, LIMIT, isWaiting);
        const room = isWaiting ? LIMIT - packet - HEADER : LIMIT;
        assert.ok(first === length || first <= LIMIT);
        if (length > LIMIT && room >= LIMIT / 8) assert.equal(first, room);
        const rest = length - first;
        const fragments = 1 + Math.ceil(rest / LIMIT);
        assert.ok(fragments <= mostFragments(length, LIMIT));
        if (rest > 0) packet = rest % LIMIT || LIMIT;
        else packet = isWaiting && first <= room ? packet + HEADER + first : first;
      }
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat } from "../../../protocol/bytes/concat.ts";
import { ByteQueue } from "../../../protocol/rtmp/byte-queue.ts";

test("what goes in comes out in order, in pieces of any size", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 9 }));
  const limits = fc.infiniteStream(fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(pieces, limits, (written, sizes) => {
      const queue = new ByteQueue();
      for (const piece of written) queue.push(piece);
      const whole = concat(written);
      assert.equal(queue.length, whole.length);
      const taken: Uint8Array[] = [];
      for (const limit of sizes) {
        if (queue.length === 0) break;
        const bytes = queue.take(limit);
        assert.equal(bytes.length, Math.min(limit, whole.length - concat(taken).length));
        taken.push(bytes);
      }
      assert.deepEqual(concat(taken), whole);
    }),
  );
});

test("after clear it is empty", () => {
  const queue = new ByteQueue();
  queue.push(Uint8Array.of(1, 2));
  queue.clear();
  assert.equal(queue.length, 0);
  assert.equal(queue.take(5).length, 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Assembly } from "../../../protocol/bytes/assembly.ts";

test("bytes come out as they went in, however they were cut", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 6000 }), { maxLength: 6 });
  fc.assert(
    fc.property(pieces, fc.nat(20_000), (parts, length) => {
      const all = Uint8Array.from(parts.flatMap((part) => [...part]));
      const assembly = new Assembly(length);
      let taken = 0;
      for (const part of parts) taken += assembly.add(part);
      assert.equal(taken, Math.min(length, all.length));
      assert.equal(assembly.missing, length - taken);
      if (assembly.missing === 0) assert.deepEqual(assembly.finish(), all.slice(0, length));
      else assert.throws(() => assembly.finish(), /invariant/);
    }),
  );
});

test("announcing much costs little", () => {
  const before = process.memoryUsage().arrayBuffers;
  const assemblies = Array.from({ length: 64 }, () => new Assembly(0xff_ffff));
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  assert.equal(assemblies.length, 64);
});

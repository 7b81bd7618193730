import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_CONTROL_CHUNKS } from "../../../protocol/params.ts";
import { Asides } from "../../../protocol/session/asides.ts";

const path = { link: 0, address: { ip: "192.0.2.1", port: 1935 } };

test("asides go out in order, each over its path; what comes on top of a full queue is dropped", () => {
  const asides = new Asides();
  for (let count = 0; count < MAX_CONTROL_CHUNKS + 10; count += 1) {
    asides.push({ ...path, link: count }, (writer) => writer.u8(count));
  }
  for (let count = 0; count < MAX_CONTROL_CHUNKS; count += 1) {
    const aside = asides.shift();
    assert.deepEqual(aside, { path: { ...path, link: count }, chunk: Uint8Array.of(count) });
  }
  assert.ok(asides.isEmpty);
  assert.equal(asides.shift(), undefined);
});

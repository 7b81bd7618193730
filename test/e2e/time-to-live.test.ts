import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeIo } from "../../protocol/node/index.ts";

test("datagrams with and without a time to live arrive in order on one real socket", async (t) => {
  for (const ip of ["127.0.0.1", "::1"]) {
    const received: number[] = [];
    let done = (): void => {};
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    const far = await nodeIo.bind({ ip, port: 0 }, (bytes) => {
      received.push(bytes[0] ?? 0);
      if (received.length === 40) done();
    });
    const near = await nodeIo.bind({ ip, port: 0 }, () => {});
    t.after(() => Promise.all([near.close(), far.close()]));
    for (let count = 0; count < 40; count += 1) {
      near.send(Uint8Array.of(count), far.address, count % 3 === 0 ? 1 + count : undefined);
    }
    // Loopback passes no router, so that any time to live will do.
    await all;
    assert.deepEqual(
      received,
      Array.from({ length: 40 }, (_, index) => index),
    );
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import { lines } from "../../support/tc-lines.ts";
import { Stand } from "../../support/tc-stand.ts";

for (const [how, make] of lines) {
  test(`§5.3.4 a server advises keepalives after connect, a client applies them, from 5 s to an hour, ${how}`, async () => {
    const cases = [
      [15_000, 10_000, 15_000, 10_000],
      [0, 4_999, 5_000, 5_000],
      [3_600_000, 0xffff_ffff, 3_600_000, 3_600_000],
    ] as const;
    for (const [serverMs, peerMs, serverApplied, peerApplied] of cases) {
      const stand = new Stand(await make(), { keepalive: { serverMs, peerMs } }).connect();
      assert.ok(stand.replies[0]?.isResult);
      assert.deepEqual(stand.client.keepalives, [[serverApplied, peerApplied]]);
    }
  });

  test(`§5.3.4 whoever is refused gets no advice, ${how}`, async () => {
    const keepalive = { serverMs: 9_000, peerMs: 9_000 };
    const stand = new Stand(await make(), { keepalive }).connect("other");
    assert.deepEqual(stand.client.keepalives, []);
  });
}

test("§5.3.4 without the option nothing is sent, and on other streams nothing is meant", () => {
  const stand = new Stand().connect();
  const advice = encodeUserControl({ event: "setKeepalive", serverMs: 9_000, peerMs: 9_000 });
  stand.caller.onMessage({ ...advice, streamId: 1 }, false, 0);
  assert.deepEqual(stand.client.keepalives, []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex } from "../../protocol/bytes/hex.ts";
import { readJsonVector } from "../support/data.ts";
import { TunnelStand } from "../support/rtmpt-stand.ts";

interface Recorded {
  readonly client: string;
  readonly sample: readonly { readonly url: string; readonly n: number; readonly first: string }[];
}

const { clients } = readJsonVector<{ clients: Recorded[] }>("rtmp/rtmpt-requests.json");

test("all recorded clients are there", () => {
  assert.equal(clients.length, 4);
});

for (const { client, sample } of clients) {
  test(`${client}: every request of the recording is answered`, () => {
    const stand = new TunnelStand();
    const name = stand.open();
    let bytes = 0;
    // The middle of the recording was left out, with its numbers.
    const start = sample.slice(1, -2);
    for (const { url, n, first } of start) {
      const body = new Uint8Array(n);
      body.set(fromHex(first));
      const answers = stand.ask(url.replace("SID", name), [...body]);
      stand.pass(100);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200],
      );
      if (url.startsWith("/send/")) bytes += n;
    }
    assert.equal(stand.end.received.length, bytes);
    const close = sample.at(-1)?.url.replace("SID", name) ?? "";
    assert.deepEqual(
      stand.ask(close).map(({ status }) => status),
      [200],
    );
    assert.equal(stand.end.ends, 1);
  });
}

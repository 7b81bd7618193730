import assert from "node:assert/strict";
import { test } from "node:test";
import { HomeServer } from "../../../peer/server/home-server.ts";
import type { ServerLink } from "../../../peer/server/server-link.ts";
import { parseRendezvousUrl } from "../../../peer/url.ts";
import { RtmfpError } from "../../../protocol/errors.ts";
import { ManualIo } from "../../support/manual-io.ts";

const URL = parseRendezvousUrl("rtmfp://192.0.2.1/chat");

/** A server that can be reached or not. */
class Stand {
  readonly io: ManualIo = new ManualIo();
  readonly attempts: number[] = [];
  readonly news: string[] = [];
  isThere = true;
  readonly home: HomeServer = new HomeServer(URL, {
    io: this.io,
    timeoutMs: 1_000,
    reach: async () => {
      this.attempts.push(this.io.now());
      if (!this.isThere) throw new RtmfpError("UNREACHABLE", "nobody is there");
      return { isOpen: true, moveTo: () => undefined } as unknown as ServerLink;
    },
    onEnd: () => undefined,
    onMoved: () => this.news.push("moved"),
    onReconnected: () => this.news.push("reconnected"),
  });

  /** The connection is gone, and stays so for this long. */
  async lose(link: ServerLink, ms: number): Promise<void> {
    Object.assign(link, { isOpen: false });
    this.isThere = false;
    void this.home.reconnect();
    await this.go(ms);
  }

  async go(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 250) {
      this.io.advance(250);
      // Promises settle between two moments.
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    }
  }
}

test("attempts become rarer, and stop when the server is back", async () => {
  const stand = new Stand();
  const link = await stand.home.connect({});
  await stand.lose(link, 120_000);
  const pauses = stand.attempts.map((at, index) => at - (stand.attempts[index - 1] ?? at)).slice(2);
  assert.ok(pauses.length >= 8 && pauses.length <= 40, `${pauses.length} attempts`);
  // The random bytes here are all 0, which is the shortest pause: a quarter.
  assert.deepEqual(pauses.slice(0, 5), [500, 1_000, 2_000, 3_750, 3_750]);
  stand.isThere = true;
  await stand.go(15_000);
  assert.deepEqual(stand.news, ["reconnected"]);
  const { length } = stand.attempts;
  await stand.go(60_000);
  assert.equal(stand.attempts.length, length);
});

test("nobody looks for it twice at the same time, nor after the end", async () => {
  const stand = new Stand();
  const link = await stand.home.connect({});
  await stand.lose(link, 0);
  void stand.home.reconnect();
  await stand.go(300);
  assert.equal(stand.attempts.length, 2);
  stand.home.close();
  stand.isThere = true;
  await stand.go(60_000);
  void stand.home.reconnect();
  await stand.go(60_000);
  assert.equal(stand.attempts.length, 2);
  assert.deepEqual(stand.news, []);
});

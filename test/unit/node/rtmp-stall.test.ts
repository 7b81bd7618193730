import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { RtmpSocket } from "../../../protocol/node/rtmp-socket.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../../protocol/rtmp/handshake.ts";
import { ServerConnection } from "../../../protocol/tc/server-connection.ts";
import { Prng } from "../../lab/index.ts";
import { readJsonVector, readVector } from "../../support/data.ts";
import { DuplexEnd } from "../../support/duplex-pair.ts";
import { ManualIo } from "../../support/manual-io.ts";
import { Server } from "../../support/tc-stand.ts";

const { captures } = readJsonVector<{ captures: { file: string }[] }>("rtmp/captures/index.json");

/** After how long a client that says no more is gone, ms. */
async function goneAfterMs(session: Uint8Array): Promise<number> {
  const io = new ManualIo();
  const [near, far] = DuplexEnd.pair();
  far.resume();
  far.on("error", () => undefined);
  let isGone = false;
  const socket = new RtmpSocket(near, io, {
    handshake: PlainHandshake.server(new Uint8Array(HANDSHAKE_RANDOM_BYTES)),
    accept: (transport) => new ServerConnection(transport, new Server()).net,
  });
  socket.closed.then(
    () => {
      isGone = true;
    },
    () => undefined,
  );
  far.write(session);
  for (;;) {
    for (let turns = 0; turns < 4; turns += 1) await turn();
    if (isGone || io.now() > 200_000) return io.now();
    io.advance(1_000);
  }
}

for (const { file } of captures.filter((capture) => capture.file.includes(".c2s."))) {
  test(`${file}: whoever stalls anywhere in it is gone after a minute`, async () => {
    const bytes = readVector(`rtmp/captures/${file}`);
    const random = new Prng(3, file);
    const cuts = [0, 1, 1_537, 3_073, 3_080, bytes.length, 3_073 + random.below(2_000)];
    for (const cut of cuts) {
      const goneMs = await goneAfterMs(bytes.slice(0, cut));
      const limitMs = cut < 3_073 ? 5_000 : 60_000;
      assert.ok(goneMs <= limitMs + 3_000, `stalled at ${cut}: gone after ${goneMs} ms`);
    }
  });
}

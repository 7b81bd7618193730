import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../../protocol/rtmp/message.ts";
import { Rendezvous } from "../../rendezvous/index.ts";
import { Prng } from "../lab/index.ts";
import { readJsonVector, readVector } from "../support/data.ts";
import { media } from "../support/media.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { RtmpCaller } from "../support/rtmp-caller.ts";

/** Real sessions as their clients sent them, handshakes included. */
const sessions = readJsonVector<{ captures: { file: string }[] }>("rtmp/captures/index.json")
  .captures.filter(({ file }) => file.includes(".c2s."))
  .map(({ file }) => readVector(`rtmp/captures/${file}`).slice(0, 200_000));
assert.ok(sessions.length >= 10);

const HANDSHAKE_BYTES = 1 + 1_536 + 1_536;
const CLIENTS = 400;
/** All that is open at once may cost so much; what they announce is thousands of times as much. */
const MAX_GROWTH_BYTES = 96 * 1_048_576;

/** The beginning of a session, up to anywhere, and often not quite what it was. */
function lie(random: Prng): Uint8Array {
  const session = sessions[random.below(sessions.length)] ?? new Uint8Array();
  const bytes = session.slice(0, 1 + random.below(session.length));
  const kind = random.below(3);
  const room = bytes.length - HANDSHAKE_BYTES;
  if (kind === 0 || room <= 12) return bytes;
  // A full header in the first chunk: its length is at 4 to 6; or bytes anywhere behind the handshake.
  if (kind === 1) bytes.fill(0xff, HANDSHAKE_BYTES + 4, HANDSHAKE_BYTES + 7);
  else for (let count = 8; count > 0; count -= 1) spoil(bytes, HANDSHAKE_BYTES, random);
  return bytes;
}

function spoil(bytes: Uint8Array, from: number, random: Prng): void {
  bytes[from + random.below(bytes.length - from)] = random.chance(0.5) ? 0xff : random.below(256);
}

class Attack {
  readonly #random = new Prng(7);
  readonly #port: number;
  readonly #stalled: Socket[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  /** One more client: it stalls, hangs up, or vanishes. */
  async strike(): Promise<void> {
    const socket = connect(this.#port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.on("data", () => undefined);
    socket.write(lie(this.#random));
    await sleep(2);
    const end = this.#random.below(4);
    if (end === 0) socket.end();
    else if (end === 1) socket.destroy();
    else if (end === 2) socket.pause();
    if (end > 1) this.#stalled.push(socket);
  }

  close(): void {
    for (const socket of this.#stalled) socket.destroy();
  }
}

async function serve(t: TestContext): Promise<{ server: Rendezvous; url: string; port: number }> {
  const here = "127.0.0.1:0";
  const server = await Rendezvous.listen({
    rtmfp: here,
    rtmp: here,
    logger: silent,
    graceMs: 100,
  });
  t.after(() => server.close());
  const [at = ""] = server.addresses.rtmp;
  return { server, url: `rtmp://${at}`, port: Number(at.split(":").at(-1)) };
}

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("clients that stall, vanish or lie about lengths cost little, and nobody else notices", async (t) => {
  const { server, url, port } = await serve(t);
  const publisher = await RtmpCaller.dial(url, "live");
  const player = await RtmpCaller.dial(url, "live");
  const [send] = await publisher.publish("healthy");
  const played = await player.play("healthy");
  while (server.status.streams[0]?.players !== 1) await sleep(5);
  const attack = new Attack(port);
  t.after(async () => {
    attack.close();
    await Promise.all([publisher.close(), player.close()]);
  });
  const before = usedBytes();
  const sent: Message[] = [];
  for (let count = 0; count < CLIENTS; count += 1) {
    await attack.strike();
    sent.push(media.keyframe(count % 256));
    send(media.keyframe(count % 256));
  }
  const deadline = performance.now() + 10_000;
  while (played.media.length < sent.length && performance.now() < deadline) await sleep(10);
  const timestamps = (list: readonly Message[]): number[] => list.map((one) => one.timestampMs);
  assert.deepEqual(timestamps(played.media), timestamps(sent));
  assert.equal(server.status.counts.faults, 0);
  const growth = usedBytes() - before;
  assert.ok(growth < MAX_GROWTH_BYTES, `${Math.round(growth / 1_048_576)} MiB`);
});

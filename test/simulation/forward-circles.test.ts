import assert from "node:assert/strict";
import { test } from "node:test";
import { type ForwardingServer, ForwardLab, heard } from "../support/forward-lab.ts";
import { media } from "../support/media.ts";
import type { RtmpCaller } from "../support/rtmp-caller.ts";

/* Servers that pull the same stream from each other. */

for (const count of [2, 3, 4]) {
  for (const seed of [1, 2, 3]) {
    test(`${count} servers in a circle do not hold each other, and each gets what one has, seed ${seed}`, async () => {
      const world = new ForwardLab(seed);
      const { lab } = world;
      const servers: ForwardingServer[] = [];
      for (let index = 0; index < count; index += 1) {
        const next = ((index + 1) % count) + 1;
        servers.push(await world.server({ pull: `live/*=rtmp://10.0.0.${next}/live/*` }));
      }
      const players: RtmpCaller[] = [];
      for (const server of servers) players.push(await world.dial(server));
      // All at once, so that none knows of the others.
      const notes = await lab.complete(
        Promise.all(players.map((player) => player.play("cam"))),
        9_000,
      );
      await lab.advance(60_000);
      for (const { forward } of servers) {
        assert.deepEqual([forward.state, forward.failures], ["running", 0]);
      }
      // Wherever it is published, all get it.
      const [publisher] = servers;
      assert.ok(publisher);
      const [send, encoder] = await world.publish(publisher, "cam");
      send(media.keyframe(0));
      await lab.advance(1_000);
      for (const { length } of notes.map((note) => heard(note))) assert.ok(length > 0);
      send(media.inter(40));
      await lab.advance(1_000);
      for (const note of notes) assert.equal(heard(note).at(-1), "video 40 40");
      await lab.complete(encoder.close(), 5_000);
      await lab.advance(60_000);
      // The last player of one's own keeps all waiting, and none another's.
      for (const player of players) {
        await lab.advance(20_000);
        for (const { forward } of servers) assert.equal(forward.state, "running");
        await lab.complete(player.close(), 5_000);
      }
      await lab.advance(1_000 * count);
      for (const { server } of servers) {
        assert.deepEqual([server.status.forwards, server.status.counts.streams], [[], 0]);
      }
      await world.close();
    });
  }
}

test("a chain of servers is none: each passes on what it gets", async () => {
  const world = new ForwardLab(9);
  const { lab } = world;
  const source = await world.server();
  const middle = await world.server({ pull: "live/*=rtmp://10.0.0.1/live/*" });
  const edges = [
    await world.server({ pull: "live/*=rtmp://10.0.0.2/live/*" }),
    await world.server({ pull: "live/*=rtmp://10.0.0.2/live/*" }),
  ];
  const notes = [];
  for (const edge of edges) notes.push((await world.play(edge, "cam"))[0]);
  await lab.advance(5_000);
  const [send] = await world.publish(source, "cam");
  send(media.keyframe(0));
  await lab.advance(5_000);
  for (const note of notes) assert.deepEqual(heard(note), ["video 0 0"]);
  assert.equal(middle.forward.failures, 0);
  await world.close();
});

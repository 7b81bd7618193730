import assert from "node:assert/strict";
import { test } from "node:test";
import { ForwardLab, heard } from "../support/forward-lab.ts";
import { media } from "../support/media.ts";

/* Streams that are pushed to servers with passwords. */

for (const authmod of ["adobe", "llnw"] as const) {
  test(`push: ${authmod} lets in who knows the password, again and again`, async () => {
    const world = new ForwardLab(1);
    const { lab } = world;
    const near = await world.server({ push: "cam=rtmp://ada:love%2Flace@10.0.0.2/live/far" });
    const far = await world.server({ publishers: { ada: "love/lace" }, authmod });
    const [player] = await world.play(far, "far");
    const [send] = await world.publish(near, "cam");
    send(media.keyframe(0));
    await lab.advance(2_000);
    assert.equal(near.forward.state, "running");
    assert.equal(near.forward.url, "rtmp://10.0.0.2/live");
    assert.deepEqual(heard(player), ["video 0 0"]);
    far.breakOthers(1);
    await lab.advance(5_000);
    assert.deepEqual([near.forward.state, near.forward.failures], ["running", 1]);
    await world.close();
  });
}

test("push: a wrong password, an unknown user and none are told, and tried again with pauses", async () => {
  const world = new ForwardLab(2);
  const { lab } = world;
  const publishers = { ada: "lovelace" };
  const far = await world.server({ publishers });
  const near = await world.server({
    push: [
      "cam=rtmp://ada:byron@10.0.0.1/live/a",
      "cam=rtmp://10.0.0.1/live/b",
      "cam=rtmp://ada:lovelace@10.0.0.1/live/c",
    ],
  });
  await world.publish(near, "cam");
  await lab.advance(60_000);
  const [wrong, none, right] = near.server.status.forwards;
  assert.equal(wrong?.error, 'wrong password of user "ada"');
  assert.equal(none?.error, "the far end wants a user and a password in the URL");
  assert.deepEqual([wrong?.state, none?.state, right?.state], ["waiting", "waiting", "running"]);
  assert.ok((wrong?.failures ?? 0) >= 4 && (wrong?.failures ?? 0) < 10);
  assert.deepEqual(
    far.server.status.streams.map(({ name }) => name),
    ["c"],
  );
  await world.close();
});

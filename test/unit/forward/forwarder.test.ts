import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import type { Dialled } from "../../../rendezvous/forward/attempt.ts";
import { Forwarder } from "../../../rendezvous/forward/forwarder.ts";
import type { Leg } from "../../../rendezvous/forward/leg.ts";

/** A pull whose stream is on the air here. */
const leg: Leg = {
  timeout: Number.POSITIVE_INFINITY,
  isPublishing: true,
  begin: () => undefined,
  receive: () => undefined,
  unpublished: () => undefined,
  lost: () => undefined,
  advance: () => undefined,
  end: () => undefined,
};
const remote = { url: "rtmp://h/a", app: "a", name: "n", credentials: undefined };
const LINGER_MS = 10_000;

function stand(mayDial: () => boolean = () => true): { forwarder: Forwarder; dialled: Dialled[] } {
  const dialled: Dialled[] = [];
  const forwarder = new Forwarder(
    { kind: "pull", remote, leg },
    {
      random: (count) => new Uint8Array(count),
      dial(_remote, one) {
        dialled.push(one);
        return () => undefined;
      },
      mayDial,
      onChange: () => undefined,
      onMoved: () => undefined,
    },
  );
  return { forwarder, dialled };
}

test("a far end that is lost while nobody plays is tried again when somebody does", () => {
  const { forwarder, dialled } = stand();
  forwarder.want(true, 0, LINGER_MS);
  forwarder.want(false, 1_000, LINGER_MS);
  dialled[0]?.onGone(new RtmfpError("CLOSED", "gone"), 2_000);
  assert.equal(forwarder.state, "waiting");
  forwarder.want(true, 3_000, LINGER_MS);
  assert.equal(forwarder.state, "connecting");
  assert.equal(dialled.length, 2);
});

test("and is not, when nobody does", () => {
  const { forwarder, dialled } = stand();
  forwarder.want(true, 0, LINGER_MS);
  forwarder.want(false, 1_000, LINGER_MS);
  dialled[0]?.onGone(new RtmfpError("CLOSED", "gone"), 2_000);
  assert.equal(forwarder.timeout, 1_000 + LINGER_MS);
  forwarder.advance(1_000 + LINGER_MS);
  assert.deepEqual([forwarder.state, dialled.length], ["idle", 1]);
});

test("while too many connect, it looks again until there is room, or it is not wanted any more", () => {
  let hasRoom = false;
  const { forwarder, dialled } = stand(() => hasRoom);
  forwarder.want(true, 0, LINGER_MS);
  forwarder.advance(forwarder.timeout);
  assert.deepEqual([forwarder.state, dialled.length], ["queued", 0]);
  hasRoom = true;
  forwarder.advance(forwarder.timeout);
  assert.deepEqual([forwarder.state, dialled.length], ["connecting", 1]);
  forwarder.stop(1_000);
  hasRoom = false;
  forwarder.want(true, 2_000, LINGER_MS);
  forwarder.stop(3_000);
  assert.deepEqual([forwarder.state, forwarder.timeout], ["idle", Number.POSITIVE_INFINITY]);
});

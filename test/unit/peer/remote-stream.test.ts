import assert from "node:assert/strict";
import { test } from "node:test";
import { RemoteStream } from "../../../peer/streams/remote-stream.ts";
import type { StreamSource } from "../../../peer/streams/stream-source.ts";
import { encodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import { CacheBudget } from "../../../protocol/tc/cache-budget.ts";
import type { ClientStreamHandler } from "../../../protocol/tc/client-stream.ts";
import { media, Notes } from "../../support/media.ts";

test("§5.4 a far end's stream is published when there is something of it, not when its play is answered", () => {
  let source: ClientStreamHandler | undefined;
  const subscription = { pause: () => undefined, resume: () => undefined, close: () => undefined };
  const far: StreamSource = {
    subscribe: (_name, handler) => {
      source = handler;
      return subscription;
    },
  };
  const turn = <Result>(change: (now: number) => Result): Result => change(0);
  const remote = new RemoteStream("cam", turn, () => undefined, new CacheBudget());
  remote.setSource(far, 0);
  const player = new Notes();
  remote.play(player, 0);
  const begin = encodeUserControl({ event: "streamBegin", streamId: 3 });
  source?.onMessage({ ...begin, streamId: 3 }, false, 0);
  assert.deepEqual(player.take(), []);
  source?.onMessage(media.audio(1), false, 0);
  assert.deepEqual(player.take(), ["publish", "audio 1"]);
});

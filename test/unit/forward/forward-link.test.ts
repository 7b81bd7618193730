import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import { encodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import { ForwardLink, type LinkUser } from "../../../rendezvous/forward/forward-link.ts";
import { parseRemoteLocation } from "../../../rendezvous/forward/remote-location.ts";
import { MemoryTransport } from "../../support/transports.ts";

test("§7.1.7 an event that cannot be read is skipped, and the link goes on", () => {
  const told: string[] = [];
  const user: LinkUser = {
    onReady: () => told.push("ready"),
    onMessage: () => told.push("message"),
    onUnpublish: () => told.push("unpublish"),
    onReconnectRequest: () => told.push("reconnect"),
    onRefused: () => told.push("refused"),
    onFail: () => told.push("fail"),
  };
  const remote = parseRemoteLocation("rtmp://10.0.0.2/live/one");
  const link = new ForwardLink("pull", remote, new MemoryTransport(), user);
  const type = MessageType.userControl;
  const event = { type, streamId: 0, timestampMs: 0, payload: Uint8Array.of(0) };
  link.handler.onMessage(event, false, 0);
  link.handler.onMessage(encodeUserControl({ event: "streamEof", streamId: 1 }), false, 0);
  assert.deepEqual(told, ["unpublish"]);
});

import assert from "node:assert/strict";
import { Socket } from "node:dgram";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeIo } from "../../../protocol/node/io.ts";

test("an error of a UDP socket ends neither it nor the process", async (t) => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): unknown => unhandled.push(error);
  process.on("unhandledRejection", note);
  t.after(() => process.off("unhandledRejection", note));
  const bind = t.mock.method(Socket.prototype, "bind");
  const link = await nodeIo.bind({ ip: "127.0.0.1", port: 0 }, () => undefined);
  const socket: unknown = bind.mock.calls[0]?.this;
  assert.ok(socket instanceof Socket);
  socket.emit("error", new Error("recvmsg ENOMEM"));
  await sleep(1);
  assert.deepEqual(unhandled, []);
  await link.close();
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeIo } from "../../protocol/node/io.ts";
import { Station } from "../support/station.ts";

/** Resolves when `station` is told of this. */
function told(station: Station, type: "session" | "closed"): Promise<void> {
  return new Promise((resolve) => {
    station.onEvent = (event) => {
      if (event.type === type) resolve();
    };
  });
}

test("an abrupt end reaches the far end before the sockets are closed", async () => {
  const one = await new Station(nodeIo, 0).listen("127.0.0.1", 0);
  const other = await new Station(nodeIo, 1).listen("127.0.0.1", 0);
  const [opened, known] = [told(one, "session"), told(other, "session")];
  one.dial(other);
  await Promise.all([opened, known]);
  const closed = told(other, "closed");
  await one.driver.abort();
  await closed;
  assert.equal(other.eventsOf("closed")[0]?.error, undefined);
  await other.driver.close();
});

test("a datagram to port 0 is a lost datagram, and closing twice is closing", async () => {
  const link = await nodeIo.bind({ ip: "127.0.0.1", port: 0 }, () => undefined);
  link.send(new Uint8Array(4), { ip: "127.0.0.1", port: 0 });
  link.send(new Uint8Array(4), { ip: "127.0.0.1", port: 9 });
  await Promise.all([link.close(), link.close()]);
  link.send(new Uint8Array(4), link.address);
});

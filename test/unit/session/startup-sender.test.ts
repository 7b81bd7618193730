import assert from "node:assert/strict";
import { test } from "node:test";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { Links } from "../../../protocol/session/links.ts";
import { StartupSender } from "../../../protocol/session/startup-sender.ts";
import { pooledIdentity } from "../../support/station.ts";

test("§3.4 a packet that is too long to be a startup packet is not sent, and counted", () => {
  const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(0));
  const links = new Links();
  links.add(0, { reaches: () => true });
  let sent = 0;
  const sender = new StartupSender(crypto, links, () => {
    sent += 1;
  });
  const path = { link: 0, address: { ip: "192.0.2.1", port: 1935 } };
  const say = (tagBytes: number): void => {
    const hello = { endpointDiscriminator: new Uint8Array(8), tag: new Uint8Array(tagBytes) };
    sender.hello(path, hello, 0);
  };
  say(16);
  assert.deepEqual([sent, sender.unsent], [1, 0]);
  for (const tagBytes of [5_000, 65_000, 70_000]) say(tagBytes);
  assert.deepEqual([sent, sender.unsent], [1, 3]);
});

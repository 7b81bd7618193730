/** The real library and server through the lab's NATs: what the introduction alone gets through. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expected, natClass, placeBehind } from "../lab/index.ts";
import { LabChat } from "../support/lab-chat.ts";

async function meet(one: string, other: string, seed: number): Promise<boolean> {
  const chat = await LabChat.start(seed);
  const peers = [];
  for (const [index, key] of [one, other].entries()) {
    const { host } = placeBehind(chat.lab, natClass(key), `203.0.113.${10 + index}`);
    peers.push(await chat.lab.complete(chat.connect(host), 10_000));
  }
  const [near, far] = peers;
  assert.ok(near && far);
  const isMet = await chat.lab.complete(near.session(far.id), 5_000).then(
    () => true,
    () => false,
  );
  await chat.close();
  return isMet;
}

for (const one of ["open", "firewall", "eim-apdf", "linux", "cgn"]) {
  test(`peers behind ${one} and easy NATs have a session, by introduction`, async () => {
    for (const other of ["open", "eim-eif", "eim-apdf", "linux"]) {
      assert.equal(expected(natClass(one), natClass(other)), "D");
      assert.ok(await meet(one, other, 1), `${one} x ${other}`);
    }
  });
}

test("two symmetric NATs with random ports keep peers apart", async () => {
  assert.equal(await meet("apdm-apdf-random", "apdm-apdf-random", 1), false);
});

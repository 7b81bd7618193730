import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteAccount } from "../../../protocol/rtmp/byte-account.ts";

test("§5.4.3 acknowledgements wrap at 2^32, not earlier and not into negative numbers", () => {
  const account = new ByteAccount();
  const acknowledge = (count: number): number | undefined => {
    account.received(count);
    const control = account.acknowledge();
    return control?.type === "acknowledgement" ? control.receivedBytes : undefined;
  };
  assert.equal(acknowledge(2 ** 31 + 1), 2 ** 31 + 1);
  assert.equal(acknowledge(2 ** 31 - 2), 2 ** 32 - 1);
  assert.equal(acknowledge(2_000_000), 1_999_999);
});

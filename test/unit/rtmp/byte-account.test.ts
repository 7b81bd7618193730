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

test("§5.4.3 what is not acknowledged is counted across the wrap", () => {
  const account = new ByteAccount();
  account.sent(2 ** 32 + 1000);
  account.obey({ type: "acknowledgement", receivedBytes: 2 ** 32 - 500 });
  assert.equal(account.unacknowledgedBytes, 1500);
  account.obey({ type: "acknowledgement", receivedBytes: 900 });
  assert.equal(account.unacknowledgedBytes, 100);
});

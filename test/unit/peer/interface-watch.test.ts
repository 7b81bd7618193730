import assert from "node:assert/strict";
import { test } from "node:test";
import { InterfaceWatch } from "../../../peer/paths/interface-watch.ts";
import { ManualIo } from "../../support/manual-io.ts";

test("a change is told once, soon, and never after close; another order is none", () => {
  const io = new ManualIo();
  let addresses = ["192.168.1.2", "2001:db8::2"];
  let changes = 0;
  const watch = new InterfaceWatch({ io, interfaces: () => addresses }, () => {
    changes += 1;
  });
  io.advance(10_000);
  addresses = ["2001:db8::2", "192.168.1.2"];
  io.advance(10_000);
  assert.equal(changes, 0);
  addresses = ["10.0.0.7"];
  io.advance(2_000);
  assert.equal(changes, 1);
  io.advance(10_000);
  assert.equal(changes, 1);
  watch.close();
  assert.equal(io.nextAlarm, Number.POSITIVE_INFINITY);
});

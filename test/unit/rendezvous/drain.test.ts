import assert from "node:assert/strict";
import { test } from "node:test";
import { Drain, type Movable } from "../../../rendezvous/drain.ts";
import { ManualIo } from "../../support/manual-io.ts";

function client(): Movable {
  return { requestReconnect: () => true };
}

test("whoever waits until all have left hears of it, however many do", async () => {
  const io = new ManualIo();
  const drain = new Drain();
  const [one, other] = [client(), client()];
  drain.add(one);
  drain.add(other);
  assert.equal(drain.start(undefined, 0), 2);
  const waits = [drain.emptied(io, 4_000), drain.emptied(io, 9_000)];
  drain.delete(one);
  drain.delete(other);
  await Promise.all(waits);
  assert.equal(io.nextAlarm, Number.POSITIVE_INFINITY);
  await drain.emptied(io, 4_000);
});

test("who does not leave is waited for as long as was said", async () => {
  const io = new ManualIo();
  const drain = new Drain();
  drain.add(client());
  const left: string[] = [];
  const short = drain.emptied(io, 1_000).then(() => left.push("short"));
  const long = drain.emptied(io, 2_000).then(() => left.push("long"));
  io.advance(1_000);
  await short;
  assert.deepEqual(left, ["short"]);
  io.advance(1_000);
  await long;
});

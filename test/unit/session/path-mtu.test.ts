import assert from "node:assert/strict";
import { test } from "node:test";
import { BLACK_HOLE_LOSSES, MTU_RAISE_MS } from "../../../protocol/params.ts";
import { checkedDatagramBytes, PathMtu } from "../../../protocol/session/path-mtu.ts";
import { Prng } from "../../lab/index.ts";

const TIMEOUT_MS = 250;
const ARRIVED = { anyArrived: true, lost: 0 };
const NOTHING = { anyArrived: false, lost: 0 };

/** A session that fills its datagrams, on a path that carries so much. */
class Busy {
  readonly mtu: PathMtu;
  carriesBytes: number;
  now = 0;
  readonly probed: number[] = [];

  constructor(carriesBytes: number, maxBytes?: number, ip = "192.0.2.1") {
    const random = new Prng(1, "mtu");
    const equal = (one: Uint8Array, other: Uint8Array): boolean => `${one}` === `${other}`;
    this.mtu = new PathMtu({ random: (length) => random.bytes(length), equal }, () => maxBytes);
    this.carriesBytes = carriesBytes;
    this.moveTo(ip);
  }

  moveTo(ip: string, port = 1): void {
    this.mtu.follow({ link: 0, address: { ip, port } });
  }

  /** Answers the size that passes after so long. */
  run(ms: number): number {
    for (const end = this.now + ms; this.now < end; this.now += 10) {
      this.mtu.noteSent(this.mtu.datagramBytes);
      const probe = this.mtu.takeProbe(this.now, TIMEOUT_MS);
      if (probe) this.probed.push(probe.datagramBytes);
      if (probe && probe.datagramBytes <= this.carriesBytes) this.mtu.takeReply(probe.message);
      else this.mtu.noteAcknowledged(NOTHING);
    }
    return this.mtu.datagramBytes;
  }
}

test("§3.5.4.3 the base size until something else is known to pass", () => {
  assert.equal(new Busy(1_472).mtu.datagramBytes, 1_200);
});

test("RFC 8899 §5.3.2 the largest size first: one probe on most paths", () => {
  const busy = new Busy(1_472);
  assert.equal(busy.run(20), 1_472);
  assert.equal(busy.run(MTU_RAISE_MS * 2), 1_472);
  assert.deepEqual(busy.probed, [1_472]);
});

test("RFC 8899 §5.3 every path: the largest of the usual sizes that it carries", () => {
  for (let carries = 1_200; carries <= 1_500; carries += 1) {
    const size = new Busy(carries).run(20_000);
    assert.ok(size <= carries && carries - size < 80, `${size} of ${carries}`);
    assert.equal(new Busy(size).run(20_000), size);
  }
});

test("RFC 8899 §5.1.2 a size is too large after three probes", () => {
  const busy = new Busy(1_200);
  busy.run(3 * TIMEOUT_MS);
  assert.deepEqual(busy.probed, [1_472, 1_472, 1_472]);
  busy.run(10);
  assert.notEqual(busy.probed.at(-1), 1_472);
});

test("RFC 8899 §5.1.1 after ten minutes larger sizes are tried again", () => {
  const busy = new Busy(1_300);
  assert.equal(busy.run(10_000), 1_252);
  busy.carriesBytes = 1_472;
  assert.equal(busy.run(10_000), 1_252);
  assert.equal(busy.run(MTU_RAISE_MS), 1_472);
});

test("a probe that is lost while nothing arrives tells nothing of its size", () => {
  const { mtu } = new Busy(1_472);
  for (let now = 0; now < 60_000; now += TIMEOUT_MS) {
    mtu.noteSent(1_200);
    assert.equal(mtu.takeProbe(now, TIMEOUT_MS)?.datagramBytes, 1_472);
  }
});

test("no probe unless datagrams are filled", () => {
  const { mtu } = new Busy(1_472);
  assert.equal(mtu.takeProbe(0, TIMEOUT_MS), undefined);
  mtu.noteSent(500);
  assert.equal(mtu.takeProbe(0, TIMEOUT_MS), undefined);
  mtu.noteSent(900);
  assert.ok(mtu.takeProbe(0, TIMEOUT_MS));
});

test("only the message of a probe confirms, and only once; a late answer does as well", () => {
  const { mtu } = new Busy(1_472);
  mtu.noteSent(1_200);
  const first = mtu.takeProbe(0, TIMEOUT_MS);
  assert.ok(first);
  assert.notEqual(first.message[0], 0x4d, "an M is for mobility");
  for (const wrong of [new Uint8Array(0), first.message.subarray(1)]) mtu.takeReply(wrong);
  assert.equal(mtu.datagramBytes, 1_200);
  mtu.noteAcknowledged(NOTHING);
  mtu.noteSent(1_200);
  assert.deepEqual(mtu.takeProbe(TIMEOUT_MS, TIMEOUT_MS), first);
  mtu.takeReply(first.message);
  assert.equal(mtu.datagramBytes, 1_472);
});

test("RFC 8899 §4.3 black hole: large packets are lost in a row while others arrive", () => {
  const busy = new Busy(1_472);
  busy.run(20);
  const { mtu } = busy;
  for (let round = 0; round < 10; round += 1) {
    mtu.noteAcknowledged({ anyArrived: false, lost: BLACK_HOLE_LOSSES - 1 });
    mtu.noteAcknowledged({ anyArrived: true, lost: 3 });
  }
  assert.equal(mtu.datagramBytes, 1_472, "now and then one arrives");
  mtu.noteAcknowledged({ anyArrived: false, lost: BLACK_HOLE_LOSSES });
  assert.equal(mtu.datagramBytes, 1_200);
  busy.carriesBytes = 1_400;
  assert.equal(busy.run(10_000), 1_392);
});

test("RFC 8899 §4.3 after a timeout: the base size, until a probe of the former one passes", () => {
  const busy = new Busy(1_412);
  assert.equal(busy.run(10_000), 1_412);
  busy.mtu.noteTimeout(NOTHING);
  assert.equal(busy.mtu.datagramBytes, 1_412);
  busy.mtu.noteTimeout({ anyArrived: false, lost: 1 });
  assert.equal(busy.mtu.datagramBytes, 1_200);
  busy.probed.length = 0;
  assert.equal(busy.run(20), 1_412);
  assert.deepEqual(busy.probed, [1_412]);
});

test("§3.5.3 another path: from the start, unless only the port is another", () => {
  const busy = new Busy(1_472);
  busy.run(20);
  busy.mtu.noteAcknowledged(ARRIVED);
  busy.moveTo("192.0.2.1", 2);
  assert.equal(busy.mtu.datagramBytes, 1_472);
  busy.moveTo("192.0.2.2", 2);
  assert.equal(busy.mtu.datagramBytes, 1_200);
  assert.equal(busy.run(20), 1_472);
});

test("the largest size is that of the path's kind, or the user's", () => {
  assert.equal(new Busy(99_999, undefined, "2001:db8::1").run(100), 1_452);
  assert.equal(new Busy(99_999, undefined, "127.0.0.1").run(100), 15_872);
  assert.equal(new Busy(99_999, undefined, "::1").run(100), 15_872);
  assert.equal(new Busy(99_999, 8_972).run(100), 8_972);
  assert.equal(new Busy(99_999, 1_200).run(100), 1_200);
  for (const wrong of [1_199, 65_508, Number.NaN]) {
    assert.throws(() => checkedDatagramBytes(wrong), RangeError);
  }
  assert.equal(checkedDatagramBytes(undefined), undefined);
});

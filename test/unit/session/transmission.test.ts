import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { DATAGRAM_BYTES } from "../../../protocol/params.ts";
import type { CongestionMode } from "../../../protocol/session/congestion.ts";
import { PathMtu } from "../../../protocol/session/path-mtu.ts";
import { RoundTrip, ticks } from "../../../protocol/session/round-trip.ts";
import { TimeCritical } from "../../../protocol/session/time-critical.ts";
import { Transmission } from "../../../protocol/session/transmission.ts";
import { PacketMode } from "../../../protocol/wire/packet.ts";
import { Prng } from "../../lab/index.ts";
import { Sender } from "../../support/sender.ts";

/** The sending half of a session that always has something to say, and whose far end is the test. */
class Talker {
  readonly #sender = new Sender();
  readonly #flow = this.#sender.open();
  readonly #roundTrip = new RoundTrip();
  readonly transmission: Transmission;
  #now = 10_000;

  constructor(mode: CongestionMode) {
    const random = new Prng(1, "mtu");
    const crypto = { random: (length: number) => random.bytes(length), equal: () => false };
    this.transmission = new Transmission({
      nearSessionId: 1,
      sending: this.#sender.flows,
      roundTrip: this.#roundTrip,
      pathMtu: new PathMtu(crypto, () => undefined),
      timeCritical: new TimeCritical(),
      mode,
      compat: undefined,
    });
    this.talk();
  }

  get smoothedMs(): number | undefined {
    return this.#roundTrip.smoothedMs;
  }

  get outstandingBytes(): number {
    return this.#sender.flows.outstandingBytes;
  }

  pass(ms: number): void {
    this.#now += ms;
    this.#sender.now = this.#now;
    if (this.#now >= this.transmission.timeout) this.transmission.advance(this.#now);
  }

  /** A packet says that something it echoes was sent so long ago, and when it was sent itself. */
  hear(elapsedTicks: number, timestampTicks?: number): void {
    const timestampEchoTicks = (ticks(this.#now) - elapsedTicks) & 0xffff;
    const stamps = { timestampTicks, timestampEchoTicks };
    const flags = { timeCritical: false, timeCriticalReverse: false };
    this.transmission.noteReceived({ mode: PacketMode.responder, ...flags, ...stamps }, this.#now);
  }

  /** A packet acknowledges everything up to `cumulative`, and this after so many that it leaves out. */
  hearAck(cumulative: number, left = 0): void {
    const before = this.outstandingBytes;
    const from = cumulative + 1 + left;
    const ranges = left === 0 ? [] : [{ from, to: from }];
    const ack = { flowId: this.#flow.id, bufferBytes: 1e6, cumulative, ranges };
    this.#sender.flows.acknowledge(ack, this.#now);
    this.transmission.noteAcknowledged(before, this.#now);
  }

  /** Says whatever it may. */
  talk(): void {
    const { flows } = this.#sender;
    for (;;) {
      if (this.#flow.queuedBytes < 40_000) this.#sender.send(this.#flow, "x".repeat(20_000));
      const writer = new Writer(256, 1_100);
      const userData = flows.writeUserData(writer, this.transmission, this.#now);
      if (userData === "nothing") break;
      const datagram = new Uint8Array(DATAGRAM_BYTES);
      this.transmission.noteSent({ datagram, userData }, this.#now);
    }
    this.check();
  }

  /** What must hold when it has said all that it may. */
  check(): void {
    const { windowBytes, timeout, estimatedBitrate } = this.transmission;
    assert.ok(windowBytes > 0 && Number.isFinite(windowBytes), `a window of ${windowBytes} bytes`);
    assert.ok(estimatedBitrate === undefined || Number.isFinite(estimatedBitrate));
    // Who has something to say goes on some time, whatever is heard, or not.
    assert.ok(Number.isFinite(timeout), `goes on at ${timeout}`);
    assert.ok(Number.isFinite(this.#roundTrip.timeoutMs));
  }
}

const EVERYTHING = 1_000_000;

test("§3.5.2.3 a round trip that becomes too short for a pace does not stop who is being paced", () => {
  const talker = new Talker("loss");
  while (talker.transmission.windowBytes < 9_000) {
    talker.pass(8);
    talker.hear(2);
    talker.hearAck(EVERYTHING);
    talker.talk();
  }
  while ((talker.smoothedMs ?? 0) > 4.9) {
    talker.pass(4);
    talker.hear(0);
  }
  talker.hearAck(EVERYTHING);
  talker.pass(20);
  talker.talk();
  talker.pass(0.01);
  talker.hearAck(EVERYTHING);
  talker.talk();
  assert.equal(talker.outstandingBytes, 0, "all is acknowledged, and the pace holds the next back");
  talker.pass(0.3);
  talker.hear(0);
  talker.talk();
  assert.ok((talker.smoothedMs ?? 5) < 4.5);
  assert.ok(talker.outstandingBytes > 0);
});

const tickCount = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.nat(40) },
  fc.nat(0xffff),
);
/** A far end's packets: so many, at so many milliseconds from one another. */
const said = fc.record({
  count: fc.integer({ min: 1, max: 24 }),
  everyMs: fc.oneof(fc.constantFrom(0.3, 4), fc.nat(300)),
  elapsedTicks: tickCount,
  timestampTicks: fc.option(fc.nat(0xffff)),
  acks: fc.option(fc.constantFrom([EVERYTHING, 0], [0, 3], [2, 1], [20, 5]), { freq: 2 }),
});

for (const mode of ["loss", "delay"] as const) {
  test(`§3.5.2 ${mode} mode: whatever a far end says of time and arrival, there is a window and a time to go on`, () => {
    const property = fc.property(fc.array(said, { maxLength: 30, size: "max" }), (all) => {
      const talker = new Talker(mode);
      for (const { count, everyMs, elapsedTicks, timestampTicks, acks } of all) {
        for (let packet = 0; packet < count; packet += 1) {
          talker.pass(everyMs);
          talker.hear(elapsedTicks, timestampTicks ?? undefined);
          if (acks) talker.hearAck(acks[0] ?? 0, acks[1]);
          talker.talk();
        }
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeTcpSignal,
  encodeTcpSignal,
  isTcpSignal,
  MAX_TCP_CANDIDATES,
  type TcpSignal,
} from "../../../../peer/tcp/tcp-signal.ts";
import type { AmfValue } from "../../../../protocol/amf/value.ts";
import { MalformedError } from "../../../../protocol/errors.ts";

/** As literals make them. */
const plain = { noNullPrototype: true } as const;
const address = fc.record(
  {
    ip: fc.constantFrom("192.0.2.1", "10.0.0.7", "2001:db8::1"),
    port: fc.integer({ min: 1, max: 65_535 }),
  },
  plain,
);
const attempt = fc.maxSafeNat();
const signals: fc.Arbitrary<TcpSignal> = fc.oneof(
  fc.constant({ type: "ask" } as const),
  fc.record({ type: fc.constant("go" as const), attempt }, plain),
  fc.record(
    {
      type: fc.constantFrom("offer" as const, "answer" as const),
      attempt,
      candidates: fc.array(address, { maxLength: MAX_TCP_CANDIDATES }),
    },
    plain,
  ),
);

test("a signal is read as it was written", () => {
  fc.assert(
    fc.property(signals, (signal) => {
      const encoded = encodeTcpSignal(signal);
      assert.ok(isTcpSignal(encoded));
      assert.deepEqual(decodeTcpSignal(encoded), signal);
    }),
  );
});

test("anything is a signal or malformed, and none has too many candidates", () => {
  const some = fc.oneof(fc.constantFrom("ask", "offer", "answer", "go"), fc.jsonValue());
  const tcp = fc.record(
    { type: some, attempt: fc.jsonValue(), candidates: fc.jsonValue() },
    { requiredKeys: [] },
  );
  const values = fc.oneof(fc.jsonValue(), fc.record({ tcp: fc.oneof(tcp, fc.jsonValue()) }));
  fc.assert(
    fc.property(values, (value) => {
      try {
        const signal = decodeTcpSignal(value as AmfValue);
        if ("candidates" in signal) assert.ok(signal.candidates.length <= MAX_TCP_CANDIDATES);
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
});

test("candidates beyond the limit, what is no address, and where nobody can be, is left out", () => {
  const none = ["nobody", "192.0.2.1:0", "0.0.0.0:1", "224.0.0.1:1", "[::]:1"];
  const candidates = [...none, "192.0.2.1:1", ...Array(20).fill("192.0.2.2:2")];
  const signal = decodeTcpSignal({ tcp: { type: "offer", attempt: 1, candidates } });
  assert.ok(signal.type === "offer");
  assert.deepEqual(signal.candidates[0], { ip: "192.0.2.1", port: 1 });
  assert.equal(signal.candidates.length, MAX_TCP_CANDIDATES - none.length);
});

test("signals of other kinds are left to others", () => {
  for (const value of [null, "tcp", {}, { punch: {} }]) assert.equal(isTcpSignal(value), false);
});

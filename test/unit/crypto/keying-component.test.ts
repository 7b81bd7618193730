import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import {
  type KeyingComponent,
  readKeyingComponent,
  writeInitiatorComponent,
  writeResponderComponent,
} from "../../../protocol/crypto/keying-component.ts";
import type { HmacNegotiation, Negotiation } from "../../../protocol/crypto/negotiation.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { orMalformed } from "../../support/errors.ts";

const off: Negotiation = { willSendAlways: false, willSendOnRequest: false, request: false };
const on: Negotiation = { willSendAlways: true, willSendOnRequest: true, request: true };
const random64 = new Uint8Array(64).fill(0x5a);

/** So that records equal object literals. */
const plain = { noNullPrototype: true } as const;
const negotiation: fc.Arbitrary<Negotiation> = fc.record(
  { willSendAlways: fc.boolean(), willSendOnRequest: fc.boolean(), request: fc.boolean() },
  plain,
);
const hmacNegotiation: fc.Arbitrary<HmacNegotiation> = fc
  .tuple(negotiation, fc.integer({ min: 4, max: 32 }))
  .map(([flags, length]) => ({
    ...flags,
    length: flags.willSendAlways || flags.willSendOnRequest ? length : 0,
  }));
const group = fc.nat({ max: 2 ** 40 });
const ephemeralKey = fc.record({ group, publicKey: fc.uint8Array({ maxLength: 300 }) }, plain);
const components: fc.Arbitrary<KeyingComponent> = fc.record(
  {
    ephemeralKey: fc.option(ephemeralKey, { nil: undefined }),
    groupSelect: fc.option(group, { nil: undefined }),
    extraRandomness: fc.option(fc.uint8Array({ maxLength: 64 }), { nil: undefined }),
    forwardSecrecyKey: fc.option(fc.uint8Array({ maxLength: 64 }), { nil: undefined }),
    hmac: hmacNegotiation,
    sequenceNumbers: negotiation,
  },
  plain,
);
const writers = fc.constantFrom(writeInitiatorComponent, writeResponderComponent);

test("§4.5.1 an initiator's component has the layout that others send and expect", () => {
  const component = {
    groupSelect: 2,
    extraRandomness: random64,
    hmac: { ...off, willSendOnRequest: true, length: 10 },
    sequenceNumbers: { ...off, willSendOnRequest: true },
  };
  const bytes = writeInitiatorComponent(component);
  assert.equal(toHex(bytes), `021d02410e${toHex(random64)}031a020a021e02`);
  assert.equal(bytes.length, 76);
});

test("§4.5.1 a responder's component has the layout that others send and expect", () => {
  const publicKey = new Uint8Array(128).fill(0x77);
  const component = { ephemeralKey: { group: 2, publicKey }, hmac: { ...off, length: 0 } };
  const bytes = writeResponderComponent({ ...component, sequenceNumbers: off });
  assert.equal(toHex(bytes), `031a0000021e0081020d02${toHex(publicKey)}`);
});

test("§4.5.2 missing negotiations offer nothing, and unknown options are ignored", () => {
  const nothing = {
    ephemeralKey: undefined,
    groupSelect: undefined,
    extraRandomness: undefined,
    forwardSecrecyKey: undefined,
    hmac: { ...off, length: 0 },
    sequenceNumbers: off,
  };
  assert.deepEqual(readKeyingComponent(new Uint8Array()), nothing);
  assert.deepEqual(readKeyingComponent(fromHex("0003636364026300")), nothing);
});

test("§4.5.2.4 reserved flags and whatever follows are ignored", () => {
  const { hmac, sequenceNumbers } = readKeyingComponent(fromHex("041aff10ee031eff99"));
  assert.deepEqual(hmac, { ...on, length: 16 });
  assert.deepEqual(sequenceNumbers, on);
});

test("§4.5.2.4 an HMAC has 4 to 32 bytes; who sends none may say anything", () => {
  const lengthOf = (hex: string): number => readKeyingComponent(fromHex(hex)).hmac.length;
  assert.equal(lengthOf("031a0404"), 4);
  assert.equal(lengthOf("031a0220"), 32);
  assert.equal(lengthOf("031a0100"), 0);
  assert.equal(lengthOf("031a0121"), 0);
  for (const hex of ["031a0403", "031a0400", "031a0200", "031a0421", "041a048700"]) {
    assert.throws(() => readKeyingComponent(fromHex(hex)), MalformedError, hex);
  }
});

test("§4.5.2 keys and negotiations do not repeat, randomness may", () => {
  for (const option of ["030d0211", "021d02", "031a0410", "021e07", "04ca192222"]) {
    assert.throws(() => readKeyingComponent(fromHex(option + option)), MalformedError, option);
  }
  const { extraRandomness } = readKeyingComponent(fromHex("020e11020e22"));
  assert.deepEqual(extraRandomness, Uint8Array.of(0x22));
});

test("a component over 2304 bytes is malformed", () => {
  assert.equal(readKeyingComponent(new Uint8Array(2304)).groupSelect, undefined);
  assert.throws(() => readKeyingComponent(new Uint8Array(2305)), MalformedError);
});

test("§4.5.1 reading is the inverse of writing, in either order of options", () => {
  fc.assert(
    fc.property(components, writers, (component, write) => {
      assert.deepEqual(readKeyingComponent(write(component)), component);
    }),
  );
});

test("§4.5.1 any bytes are a component or malformed, truncated ones too", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => void orMalformed(() => readKeyingComponent(bytes))),
  );
  fc.assert(
    fc.property(components, writers, fc.nat(), (component, write, cut) => {
      const whole = write(component);
      const read = orMalformed(() => readKeyingComponent(whole.subarray(0, cut % whole.length)));
      if (read === "malformed") return;
      // What was cut off is missing as a whole: nothing is ever read short.
      assert.deepEqual(read.ephemeralKey ?? component.ephemeralKey, component.ephemeralKey);
      assert.deepEqual(read.groupSelect ?? component.groupSelect, component.groupSelect);
      assert.deepEqual(
        read.extraRandomness ?? component.extraRandomness,
        component.extraRandomness,
      );
      assert.deepEqual(
        read.forwardSecrecyKey ?? component.forwardSecrecyKey,
        component.forwardSecrecyKey,
      );
      const nothing = { ...off, length: 0 };
      assert.ok([nothing, component.hmac].some((hmac) => isDeepStrictEqual(read.hmac, hmac)));
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { agree, answer, type Negotiation } from "../../../protocol/crypto/negotiation.ts";
import { isCryptoError } from "../../support/errors.ts";

/** Every combination of the three flags. */
const all: readonly Negotiation[] = Array.from({ length: 8 }, (_, bits) => ({
  willSendAlways: (bits & 4) !== 0,
  willSendOnRequest: (bits & 2) !== 0,
  request: (bits & 1) !== 0,
}));

test("§4.6.4 §4.6.6 the sender's flags by whether the receiver requests", () => {
  const table: [string, boolean, boolean][] = [
    // sender's flags, sends if not requested, sends if requested
    ["neither", false, false],
    ["on request", false, true],
    ["always", true, true],
    ["always, on request", true, true],
  ];
  for (const [index, [name, unasked, asked]] of table.entries()) {
    const sender = { willSendAlways: index >= 2, willSendOnRequest: index % 2 === 1 };
    for (const request of [false, true]) {
      const near = { ...sender, request: false, require: false };
      const far = { willSendAlways: false, willSendOnRequest: false, request };
      assert.equal(agree(near, far, "").send, request ? asked : unasked, name);
    }
  }
});

test("§4.6.4 both ends come to the same decision, for all 64 combinations", () => {
  for (const initiator of all) {
    for (const responder of all) {
      const near = agree({ ...initiator, require: false }, responder, "");
      const far = agree({ ...responder, require: false }, initiator, "");
      assert.deepEqual({ send: near.expect, expect: near.send }, far);
    }
  }
});

test("a responder's answer decides as its offer did, says so outright and offers nothing else", () => {
  for (const initiator of all) {
    for (const responder of all) {
      const promised = answer(responder, initiator);
      const offered = agree({ ...initiator, require: false }, responder, "");
      assert.deepEqual(agree({ ...initiator, require: false }, promised, ""), offered);
      assert.equal(promised.willSendAlways, offered.expect);
      assert.equal(promised.request, responder.request);
      assert.equal(
        promised.willSendOnRequest,
        promised.willSendAlways && responder.willSendOnRequest,
      );
    }
  }
});

test("§4.6.4 what is required and will not be sent fails", () => {
  for (const near of all) {
    for (const far of all) {
      const will = far.willSendAlways || (far.willSendOnRequest && near.request);
      const decide = (): unknown => agree({ ...near, require: true }, far, "it");
      if (will) assert.equal(agree({ ...near, require: true }, far, "it").expect, true);
      else assert.throws(decide, isCryptoError);
    }
  }
});

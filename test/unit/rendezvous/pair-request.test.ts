import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AmfValue, ecmaArray } from "../../../protocol/amf/value.ts";
import {
  MAX_AVOID,
  MAX_TAGS,
  readPairReport,
  readPairRequest,
} from "../../../rendezvous/matchmaker/pair-request.ts";
import { Refusal } from "../../../rendezvous/refusal.ts";
import { isRefusal } from "../../support/rendezvous-refusal.ts";

const anybody = { app: "chat", tags: [], avoid: new Set(), language: undefined };

test("no wishes: anybody", () => {
  for (const value of [undefined, null, {}, { tags: null, avoid: undefined, language: "" }]) {
    assert.deepEqual(readPairRequest("chat", value), anybody);
  }
});

test("wishes, from the arrays of Flash too; what we do not know is ignored", () => {
  const id = "AB".repeat(32);
  const wishes = { tags: ["b", "a", "b"], avoid: [id], language: "en-GB", mood: "good" };
  const expected = {
    app: "chat",
    tags: ["b", "a"],
    avoid: new Set([id.toLowerCase()]),
    language: "en",
  };
  assert.deepEqual(readPairRequest("chat", wishes), expected);
  const flash = { ...wishes, tags: ecmaArray({ 0: "b", 1: "a" }), avoid: ecmaArray({ 0: id }) };
  assert.deepEqual(readPairRequest("chat", flash), expected);
});

test("a report names a peer, and may say why", () => {
  const peerId = "ab".repeat(32);
  assert.deepEqual(readPairReport({ peerId }), { peerId, reason: "" });
  assert.deepEqual(readPairReport({ peerId, reason: "rude" }), { peerId, reason: "rude" });
  for (const report of [null, {}, { peerId: "x" }, { peerId, reason: "x".repeat(257) }]) {
    assert.throws(() => readPairReport(report), isRefusal("BAD_REQUEST"));
  }
});

test("any value is a request within the limits, or refused", () => {
  const { value } = fc.letrec<{ value: AmfValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, undefined, true, 1),
      fc.string(),
      fc.array(tie("value")),
      fc.record(
        { tags: tie("value"), avoid: tie("value"), language: tie("value") },
        { requiredKeys: [] },
      ),
    ),
  }));
  fc.assert(
    fc.property(value, (wishes) => {
      try {
        const { tags, avoid } = readPairRequest("chat", wishes);
        assert.ok(tags.length <= MAX_TAGS && avoid.size <= MAX_AVOID);
        assert.ok(tags.every((tag) => tag.length > 0));
      } catch (error) {
        assert.ok(error instanceof Refusal);
      }
    }),
  );
});

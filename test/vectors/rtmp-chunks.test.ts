import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import { MalformedError } from "../../protocol/errors.ts";
import { ChunkReader } from "../../protocol/rtmp/chunk-reader.ts";
import { readJsonVector } from "../support/data.ts";
import { readMessages } from "../support/rtmp.ts";

interface Case {
  readonly id: string;
  readonly case: string;
  readonly hex: string;
  readonly expect: string;
  readonly msgs: { ts: number; type: number; msid: number; payload: string }[] | null;
}

const { cases } = readJsonVector<{ cases: Case[] }>("rtmp/chunks.json");

test("all chunk vectors are there", () => {
  assert.equal(cases.length, 25);
});

for (const { id, case: name, hex, expect, msgs } of cases) {
  const bytes = fromHex(hex);
  const whole = [bytes];
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
  for (const [title, pieces] of [
    ["whole", whole],
    ["byte by byte", single],
  ] as const) {
    test(`${id} ${name}, ${title}`, () => {
      const reader = new ChunkReader();
      if (expect === "error") {
        assert.throws(() => readMessages(reader, pieces), MalformedError);
        return;
      }
      const messages = readMessages(reader, pieces).map(
        ({ timestampMs, type, streamId, payload }) => {
          return { ts: timestampMs, type, msid: streamId, payload: toHex(payload) };
        },
      );
      const expected = (msgs ?? []).map(({ ts, type, msid, payload }) => ({
        ts,
        type,
        msid,
        payload,
      }));
      assert.deepEqual(messages, expected);
    });
  }
}

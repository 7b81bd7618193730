import assert from "node:assert/strict";
import { test } from "node:test";
import { MalformedError } from "../../protocol/errors.ts";
import { ChunkReader } from "../../protocol/rtmp/chunk-reader.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import { Prng } from "../lab/index.ts";
import { ChunkModel } from "../support/chunk-model.ts";
import { readMessages } from "../support/rtmp.ts";

const SEEDS = 150;

function* cutAtRandom(bytes: Uint8Array, random: Prng): Iterable<Uint8Array> {
  const largest = random.chance(0.3) ? 4 : 3_000;
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(largest);
    yield bytes.subarray(at, end);
    at = end;
  }
}

function model(seed: number): { random: Prng; bytes: Uint8Array; expected: readonly Message[] } {
  const random = new Prng(seed);
  const sender = new ChunkModel(random);
  sender.run(60);
  return { random, bytes: sender.bytes, expected: sender.expected };
}

test("§5.3 whatever a sender may do, in whatever pieces it comes, is understood", () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { random, bytes, expected } = model(seed);
    const messages = readMessages(new ChunkReader(), cutAtRandom(bytes, random));
    const media = messages.filter(({ type }) => type > 6);
    assert.deepEqual(media, expected, `seed ${seed}`);
  }
});

test("§5.3 what is bent on its way is messages or malformed, and holds no more than has come", () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { random, bytes } = model(seed);
    const bent = Uint8Array.from(bytes);
    for (let count = 1 + random.below(5); count > 0; count -= 1) {
      bent[random.below(bent.length)] = random.below(256);
    }
    const limits = { maxMessageBytes: 100_000, maxPartialBytes: 200_000, maxChunkStreams: 16 };
    const reader = new ChunkReader(limits);
    let got = 0;
    try {
      for (const message of readMessages(reader, cutAtRandom(bent, random))) {
        got += message.payload.length;
      }
    } catch (error) {
      assert.ok(error instanceof MalformedError, `seed ${seed}: ${error}`);
    }
    assert.ok(got <= bent.length, `seed ${seed}: more came out than went in`);
  }
});

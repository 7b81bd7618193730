import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Prng } from "../lab/index.ts";
import { corpus } from "../support/corpus.ts";
import { cpuTimeMs } from "../support/cpu-time.ts";
import { decoders } from "../support/decoders.ts";
import { orMalformed } from "../support/errors.ts";
import { fuzz } from "../support/fuzzing.ts";
import { mutated } from "../support/mutation.ts";

/** Longer ones would not be a bug of the syntax but of the time that it takes. */
const SLOW_MS = 1_000;

/** As it is, and behind what a chunk, a value or a message may have in front. */
function decodeAll(bytes: Uint8Array, why: string): void {
  for (const [name, decode] of Object.entries(decoders)) {
    for (const start of [0, 1, 3]) {
      const from = cpuTimeMs();
      try {
        orMalformed(() => decode(bytes.slice(start)));
      } catch (cause) {
        throw new Error(`${name}, from byte ${start} of "${why}": ${cause}`, { cause });
      }
      const tookMs = cpuTimeMs() - from;
      assert.ok(tookMs < SLOW_MS, `${name} takes ${tookMs} ms from byte ${start} of "${why}"`);
    }
  }
}

test("the corpus through every decoder: a value or malformed, and soon", () => {
  assert.ok(corpus.length > 50);
  for (const { bytes, why } of corpus) decodeAll(bytes, why);
});

test("the corpus, mutated, through every decoder", async (context) => {
  const run = async (seed: number): Promise<void> => {
    const random = new Prng(seed, "corpus");
    const entry = corpus[random.below(corpus.length)];
    if (entry) decodeAll(mutated(entry.bytes, random), entry.why);
  };
  context.diagnostic(await fuzz(run));
});

test("no decoder of protocol/ is missing", () => {
  const root = new URL("../../../protocol/", import.meta.url);
  const known = new Set([...Object.keys(decoders), ...Object.keys(REACHED_THROUGH)]);
  const missing = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => [...readFileSync(new URL(name, root), "utf8").matchAll(DECODER)])
    .flatMap(([, name]) => (name === undefined || known.has(name) ? [] : [name]));
  assert.deepEqual(missing, []);
});

const DECODER = /^export function ((?:read|decode|describe|split|open)[A-Z]\w*)/gm;

/** Parts of decoders, each with the whole; and what takes values, not bytes. */
const REACHED_THROUGH: Readonly<Record<string, string>> = {
  readAmf0: "decodeAmf0",
  readName: "decodeAmf0",
  readAmf3: "decodeAmf3",
  readAmf3String: "decodeAmf3",
  readTraits: "decodeAmf3",
  readNumbers: "decodeAmf3",
  readU29: "decodeAmf3",
  readEditList: "decodeMovie",
  readSampleEntry: "decodeMovie",
  readSampleTable: "decodeMovie",
  readU64: "readBoxHeader",
  readEnhancedPacket: "describeVideo",
  readModEx: "describeVideo",
  readStartup: "unsealStartup",
  readSessionPacket: "endpoints, see corpus.test.ts",
  readStatus: "takes values",
  splitQuery: "readQuery",
  readSwf: "reads a file of the user's own",
};

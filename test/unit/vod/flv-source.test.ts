import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { readMetadata } from "../../../protocol/flv/keyframe-index.ts";
import { FlvTagType } from "../../../protocol/flv/tag.ts";
import { FlvSource } from "../../../rendezvous/vod/flv-source.ts";
import { film, flv, flvBytes } from "../../support/flv-file.ts";
import { temporaryFolder } from "../../support/temporary.ts";

test("the duration of a file is put right in its description, and in nothing else", async (t) => {
  const path = join(temporaryFolder(t), "clip.flv");
  const cue = encodeAmf0(["onCuePoint", { name: "advertisement", duration: 1.5 }]);
  const [, ...media] = film(3);
  const picture = { ...flv.inter(3_000), payload: Uint8Array.of(0x27, 1, 0, 0, 0, 9) };
  const tags = [
    flv.metadata({ duration: 9 }),
    { type: FlvTagType.data, timestampMs: 0, payload: cue },
    ...media,
    picture,
  ];
  writeFileSync(path, flvBytes(tags));
  const file = await open(path);
  const index = (): never => assert.fail("nobody seeks");
  const size = flvBytes(tags).length;
  const source = new FlvSource({ file, size, index, onClose: () => undefined });
  t.after(() => source.close());
  await source.seek(0);
  const [description, point] = await source.read();
  assert.equal(readMetadata(description?.payload ?? cue)?.duration, 3);
  assert.deepEqual(point?.payload, new Uint8Array(cue));
});

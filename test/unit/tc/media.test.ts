import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { ecmaArray } from "../../../protocol/amf/value.ts";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import { classify } from "../../../protocol/tc/media.ts";
import { orMalformed } from "../../support/errors.ts";
import { media } from "../../support/media.ts";

function kindOf(type: number, hex: string): string | undefined {
  return classify({ type, streamId: 1, timestampMs: 0, payload: fromHex(hex) })?.kind;
}

const payloads: readonly [what: string, type: number, hex: string, kind: string | undefined][] = [
  ["AVC sequence header", MessageType.video, "1700000000", "video-header"],
  ["AVC keyframe", MessageType.video, "1701000000", "keyframe"],
  ["AVC inter frame", MessageType.video, "2701000028", "inter"],
  ["AVC disposable frame", MessageType.video, "3701000000", "inter"],
  ["AVC end of sequence", MessageType.video, "1702000000", "inter"],
  ["Sorenson keyframe", MessageType.video, "12ab", "keyframe"],
  ["seek command frame", MessageType.video, "5700", "inter"],
  ["HEVC sequence start, Enhanced RTMP", MessageType.video, "9068766331", "video-header"],
  ["HEVC coded frames, key", MessageType.video, "9168766331000000", "keyframe"],
  ["AV1 coded frames X, inter", MessageType.video, "a361763031", "inter"],
  ["empty video", MessageType.video, "", "inter"],
  ["AAC configuration", MessageType.audio, "af00121056e500", "audio-header"],
  ["AAC frame", MessageType.audio, "af0121", "audio"],
  ["MP3 frame", MessageType.audio, "2f00", "audio"],
  ["Opus sequence start, Enhanced RTMP", MessageType.audio, "904f707573", "audio-header"],
  ["silence", MessageType.audio, "", "audio"],
  ["user control", MessageType.userControl, "000000000001", undefined],
  ["a type that nobody knows", 99, "00", undefined],
];

for (const [what, type, hex, kind] of payloads) {
  test(`${what} is ${kind ?? "no media"}`, () => {
    assert.equal(kindOf(type, hex), kind);
  });
}

const description = ecmaArray({ width: 320, height: 180, encoder: "test" });
const plainMetadata = encodeAmf0(["onMetaData", description]);

test("§7.1.2 onMetaData is metadata, other data is data, and both go on as they are", () => {
  const metadata = classify(media.data("onMetaData", description));
  assert.equal(metadata?.kind, "metadata");
  assert.equal(toHex(metadata?.message.payload ?? fromHex("")), toHex(plainMetadata));
  const cue = classify(media.data("onCuePoint", 1));
  assert.equal(cue?.kind, "data");
  assert.deepEqual(cue?.message, media.data("onCuePoint", 1));
});

test("@setDataFrame is unwrapped, however often it was wrapped", () => {
  for (const depth of [1, 2, 50_000]) {
    const names = Array<string>(depth).fill("@setDataFrame");
    const wrapped = classify(media.data(...names, "onMetaData", description));
    assert.equal(wrapped?.kind, "metadata");
    assert.equal(wrapped?.message.type, MessageType.dataAmf0);
    assert.equal(toHex(wrapped?.message.payload ?? fromHex("")), toHex(plainMetadata));
  }
  assert.equal(classify(media.data("@setDataFrame", "onTextData", 1))?.kind, "data");
});

test("@clearDataFrame takes onMetaData back, and goes on as it is", () => {
  const clear = media.data("@clearDataFrame", "onMetaData");
  assert.deepEqual(classify(clear), { kind: "metadata-clear", message: clear });
  assert.equal(classify(media.data("@clearDataFrame", "onTextData"))?.kind, "data");
  assert.equal(classify(media.data("@clearDataFrame"))?.kind, "data");
});

test("what is wrapped arrives byte by byte, even if AMF cannot say it again", () => {
  // An array whose end is cut off, and a key of 40000 bytes that are no UTF-8.
  const cut = plainMetadata.subarray(0, plainMetadata.length - 3);
  const key = Uint8Array.of(0x9c, 0x40, ...Array<number>(40_000).fill(0xff));
  const odd = Uint8Array.of(...encodeAmf0(["onMetaData"]), 3, ...key, 5, 0, 0, 9);
  for (const inner of [cut, odd]) {
    const payload = Uint8Array.of(...encodeAmf0(["@setDataFrame"]), ...inner);
    const wrapped = classify({ ...media.data(), payload });
    assert.equal(wrapped?.kind, "metadata");
    assert.deepEqual(wrapped?.message.payload, inner);
  }
});

test("data of the AMF3 type comes out as AMF0, with or without its format byte", () => {
  for (const payload of [plainMetadata, Uint8Array.of(0, ...plainMetadata)]) {
    const message: Message = { type: MessageType.dataAmf3, streamId: 1, timestampMs: 7, payload };
    const { kind, message: out } = classify(message) ?? {};
    assert.equal(kind, "metadata");
    assert.deepEqual(out, {
      type: MessageType.dataAmf0,
      streamId: 1,
      timestampMs: 7,
      payload: plainMetadata,
    });
  }
});

test("data without a name is malformed", () => {
  assert.throws(() => classify({ ...media.data(), payload: new Uint8Array(0) }), MalformedError);
  assert.throws(() => classify(media.data("@setDataFrame")), MalformedError);
});

test("any bytes of any type are classified or malformed", () => {
  fc.assert(
    fc.property(fc.nat(24), fc.uint8Array({ maxLength: 100 }), (type, payload) => {
      orMalformed(() => classify({ type, streamId: 1, timestampMs: 0, payload }));
    }),
  );
});

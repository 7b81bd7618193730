import { describeAudio } from "../../protocol/flv/audio.ts";
import { FlvTagType } from "../../protocol/flv/tag.ts";
import { describeVideo } from "../../protocol/flv/video.ts";

/** What a player needs a tag for. */
export type TagKind =
  | { readonly kind: "media"; readonly isKeyframe: boolean }
  /** Sets up a decoder, or describes all: the latest of each `slot` counts. */
  | { readonly kind: "header"; readonly slot: string }
  | { readonly kind: "other" };

/** `payload` may be the first bytes of it. */
export function kindOf(type: number, payload: Uint8Array): TagKind {
  if (type === FlvTagType.video) {
    const { isSequenceHeader, isKeyframe, trackIds } = describeVideo(payload);
    return isSequenceHeader
      ? { kind: "header", slot: `video ${trackIds.join(" ")}` }
      : { kind: "media", isKeyframe };
  }
  if (type === FlvTagType.audio) {
    const { isSequenceHeader, trackIds } = describeAudio(payload);
    return isSequenceHeader
      ? { kind: "header", slot: `audio ${trackIds.join(" ")}` }
      : { kind: "media", isKeyframe: false };
  }
  return isMetadata(payload) ? { kind: "header", slot: "metadata" } : { kind: "other" };
}

/** Does this data describe the stream? `payload` may be the first bytes of it. */
export function isMetadata(payload: Uint8Array): boolean {
  return METADATA.every((byte, index) => payload[index] === byte);
}

/** The AMF0 text "onMetaData". */
const METADATA = [2, 0, 10, ...new TextEncoder().encode("onMetaData")];

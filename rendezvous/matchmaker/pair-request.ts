import { type AmfObject, type AmfValue, isAmfObject } from "../../protocol/amf/value.ts";
import { Refusal } from "../refusal.ts";
import type { PairRequest } from "./matchmaker.ts";

/** What a client says with `pairJoin`: an object, or nothing for anybody. Throws Refusal. */
export function readPairRequest(app: string, value: AmfValue): PairRequest {
  const wishes = objectOf(value);
  return {
    app,
    tags: tagsOf(listOf(wishes.tags, "tags")),
    avoid: avoidOf(listOf(wishes.avoid, "avoid")),
    language: languageOf(wishes.language),
  };
}

/** What a client says with `pairReport`. Throws Refusal. */
export function readPairReport(value: AmfValue): { peerId: string; reason: string } {
  const { peerId, reason = "" } = objectOf(value);
  if (typeof peerId !== "string" || !PEER_ID.test(peerId)) {
    throw new Refusal("BAD_REQUEST", "peerId is 64 hexadecimal digits");
  }
  if (typeof reason !== "string" || byteLength(reason) > MAX_REASON_BYTES) {
    throw new Refusal("BAD_REQUEST", `reason is text of at most ${MAX_REASON_BYTES} bytes`);
  }
  return { peerId: peerId.toLowerCase(), reason };
}

function objectOf(value: AmfValue): AmfObject {
  if (value === undefined || value === null) return {};
  if (!isAmfObject(value)) throw new Refusal("BAD_REQUEST", "the argument is an object");
  return value;
}

/** Flash writes an array as an ECMA array, which is an object. */
function listOf(value: AmfValue, field: string): readonly AmfValue[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  if (isAmfObject(value)) return Object.values(value);
  throw new Refusal("BAD_REQUEST", `${field} is an array`);
}

function tagsOf(values: readonly AmfValue[]): string[] {
  if (values.length > MAX_TAGS) throw new Refusal("BAD_TAGS", `at most ${MAX_TAGS} tags`);
  const tags = values.map((tag) => {
    if (typeof tag !== "string" || tag === "" || byteLength(tag) > MAX_TAG_BYTES) {
      throw new Refusal("BAD_TAGS", `a tag is text of 1 to ${MAX_TAG_BYTES} bytes`);
    }
    return tag;
  });
  return [...new Set(tags)];
}

function avoidOf(values: readonly AmfValue[]): Set<string> {
  if (values.length > MAX_AVOID) throw new Refusal("BAD_AVOID", `at most ${MAX_AVOID} peer IDs`);
  const ids = values.map((id) => {
    if (typeof id !== "string" || !PEER_ID.test(id)) {
      throw new Refusal("BAD_AVOID", "a peer ID is 64 hexadecimal digits");
    }
    return id.toLowerCase();
  });
  return new Set(ids);
}

/** The language itself, without region and script: "en-GB" and "en" speakers understand each other. */
function languageOf(value: AmfValue): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const language = typeof value === "string" ? LANGUAGE.exec(value)?.[1] : undefined;
  if (language === undefined) {
    throw new Refusal("BAD_LANGUAGE", "language is a tag of BCP 47 such as en or pt-BR");
  }
  return language.toLowerCase();
}

function byteLength(text: string): number {
  return Buffer.byteLength(text);
}

const PEER_ID = /^[0-9a-fA-F]{64}$/;
/** RFC 5646 §4.4.1: tags of 35 characters hold what there is; three subtags of 8 follow. */
const LANGUAGE = /^([a-zA-Z]{2,8})(?:-[a-zA-Z0-9]{1,8}){0,3}$/;
/** Each makes two places in the line. */
export const MAX_TAGS = 16;
const MAX_TAG_BYTES = 64;
/** Together with whom one has met, it bounds how long looking for somebody takes. */
export const MAX_AVOID = 64;
const MAX_REASON_BYTES = 256;

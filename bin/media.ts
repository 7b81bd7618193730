import { readFileSync } from "node:fs";
import { readSwf } from "../protocol/node/swf-file.ts";
import type { SwfFacts } from "../protocol/rtmp/swf-verification.ts";
import type { MediaOptions, RecordingOptions, StreamRight } from "../rendezvous/index.ts";
import { UsageError } from "./command.ts";

interface Values {
  readonly takeover: string;
  readonly "token-for": readonly string[];
  readonly publishers: string | undefined;
  readonly authmod: string;
  readonly swf: readonly string[];
  readonly media: string | undefined;
  readonly record: string | undefined;
  readonly "record-streams": string;
  readonly "record-minutes": number;
  readonly "record-megabytes": number;
}

/** What the options about streams say. Throws UsageError. */
export function readMedia(values: Values): MediaOptions {
  const { takeover, authmod, publishers } = values;
  return {
    takeover: oneOf("takeover", takeover, ["always", "silent", "never"]),
    tokensFor: values["token-for"].map((right) => readRight("token-for", right)),
    publishers: publishers === undefined ? undefined : readPublishers(publishers),
    authmod: oneOf("authmod", authmod, ["adobe", "llnw"]),
    swf: values.swf.length === 0 ? undefined : values.swf.map(readProgram),
    media: values.media,
    record: values.record === undefined ? undefined : readRecording(values.record, values),
  };
}

function readRecording(directory: string, values: Values): RecordingOptions {
  return {
    directory,
    streams: oneOf("record-streams", values["record-streams"], ["all", "asked"]),
    maxMs: Math.round(values["record-minutes"] * 60_000),
    maxBytes: Math.round(values["record-megabytes"] * 1_048_576),
  };
}

/** Throws UsageError. */
export function readRight(option: string, right: string): StreamRight {
  return oneOf(option, right, ["publish", "play"]);
}

function oneOf<const Word extends string>(
  option: string,
  text: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new UsageError(`--${option}: ${text} is none of ${words.join(", ")}`);
}

function readProgram(path: string): SwfFacts {
  try {
    return readSwf(readFileSync(path));
  } catch (error) {
    throw new UsageError(`--swf: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readPublishers(path: string): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (isTextByName(value)) return value;
  } catch (error) {
    throw new UsageError(`--publishers: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new UsageError(`--publishers: ${path} is no object of texts`);
}

function isTextByName(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === "string");
}

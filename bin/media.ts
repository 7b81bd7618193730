import { readFileSync } from "node:fs";
import { readSwf } from "../protocol/node/swf-file.ts";
import type { SwfFacts } from "../protocol/rtmp/swf-verification.ts";
import type { MediaOptions, RecordingOptions, StreamRight } from "../rendezvous/index.ts";
import { UsageError } from "./command.ts";

interface Values {
  readonly takeover: NonNullable<MediaOptions["takeover"]>;
  readonly "token-for": readonly StreamRight[];
  readonly publishers: string | undefined;
  readonly authmod: NonNullable<MediaOptions["authmod"]>;
  readonly swf: readonly string[];
  readonly media: string | undefined;
  readonly record: string | undefined;
  readonly "record-streams": RecordingOptions["streams"];
  readonly "record-minutes": number;
  readonly "record-megabytes": number;
}

/** What the options about streams say. Throws UsageError. */
export function readMedia(values: Values): MediaOptions {
  const { takeover, authmod, publishers } = values;
  return {
    takeover,
    tokensFor: values["token-for"],
    publishers: publishers === undefined ? undefined : readPublishers(publishers),
    authmod,
    swf: values.swf.length === 0 ? undefined : values.swf.map(readProgram),
    media: values.media,
    record: values.record === undefined ? undefined : readRecording(values.record, values),
  };
}

function readRecording(directory: string, values: Values): RecordingOptions {
  return {
    directory,
    streams: values["record-streams"],
    maxMs: Math.round(values["record-minutes"] * 60_000),
    maxBytes: Math.round(values["record-megabytes"] * 1_048_576),
  };
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

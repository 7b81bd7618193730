import { readFileSync } from "node:fs";
import { messageOf } from "../protocol/errors.ts";
import { parseSecretJson } from "../rendezvous/secret-json.ts";
import { UsageError } from "./command.ts";

/** Reads a file. Throws as `fileError` says; `name` is what the user knows it by. */
export function readBytes(path: string, name: string = path): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fileError(error, name);
  }
}

/** Reads JSON, of which no error shows anything. Throws UsageError, or as `fileError` says. */
export function readSecretJson(path: string, name: string): unknown {
  const text = readBytes(path, name).toString("utf8");
  try {
    return parseSecretJson(text);
  } catch (error) {
    throw new UsageError(`${name}: ${messageOf(error)}`);
  }
}

/** What is told of a file that cannot be used: UsageError if its path is wrong, else a failure. */
export function fileError(error: unknown, name: string): Error {
  const message = `${name}: ${messageOf(error)}`;
  const { code = "" } = error as NodeJS.ErrnoException;
  return WRONG_PATHS.has(code) ? new UsageError(message) : new Error(message);
}

const WRONG_PATHS: ReadonlySet<string> = new Set([
  "EEXIST",
  "EISDIR",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOTDIR",
]);

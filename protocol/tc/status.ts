import { type AmfObject, type AmfValue, isAmfObject } from "../amf/value.ts";
import type { Command } from "./command.ts";

/** An information object, as `onStatus`, `_result` and `_error` carry it. */
export interface Status {
  readonly level: "status" | "error";
  /** For instance "NetStream.Play.Start". */
  readonly code: string;
  readonly description: string;
}

export function statusObject(status: Status, more: AmfObject = {}): AmfObject {
  return { level: status.level, code: status.code, description: status.description, ...more };
}

export function onStatus(status: Status, more: AmfObject = {}): Command {
  return {
    name: "onStatus",
    transactionId: 0,
    object: null,
    args: [statusObject(status, more)],
  };
}

/** The information object of a command, or undefined if it has none. */
export function readStatus(values: readonly AmfValue[]): Status | undefined {
  const info = values.find((value) => isAmfObject(value));
  if (!info || typeof info.code !== "string") return undefined;
  return {
    level: info.level === "error" ? "error" : "status",
    code: info.code,
    description: typeof info.description === "string" ? info.description : "",
  };
}

export function success(code: string, description: string): Status {
  return { level: "status", code, description };
}

export function failure(code: string, description: string): Status {
  return { level: "error", code, description };
}

import { mkdir } from "node:fs/promises";
import { messageOf } from "../protocol/errors.ts";

/** Throws RangeError that names the option. */
export function checkFolder(field: string, path: unknown): void {
  if (path === undefined || (typeof path === "string" && path !== "")) return;
  throw new RangeError(`${field}: the path of a folder`);
}

/** Makes a folder for its owner alone, unless it is there. Rejects with RangeError that names the option. */
export async function makeFolder(field: string, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new RangeError(`${field}: ${messageOf(cause)}`, { cause });
  }
}

/** Throws RangeError that names the option: what can be guessed signs nothing. */
export function checkSecret(secret: unknown): void {
  if (typeof secret === "string" && Buffer.byteLength(secret) >= MIN_SECRET_BYTES) return;
  throw new RangeError(`secret: a text of at least ${MIN_SECRET_BYTES} bytes`);
}

/** Throws RangeError that names the option. */
export function checkInteger(
  field: string,
  value: number | undefined,
  from: number,
  to: number,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return;
  throw new RangeError(`${field}: ${value} is not a whole number from ${from} to ${to}`);
}

const MIN_SECRET_BYTES = 16;

import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { createIdentity } from "../protocol/crypto/identity.ts";
import {
  restoreIdentity,
  type StoredIdentity,
  storeIdentity,
} from "../protocol/crypto/stored-identity.ts";
import { nodePrimitives } from "../protocol/node/primitives.ts";
import { UsageError } from "./command.ts";

/**
 * The identity of a peer that the file holds; made there the first time. Whoever can read the file can
 * be this peer: only its owner may. Throws UsageError that names the file.
 */
export async function keepIdentity(file: string): Promise<StoredIdentity> {
  try {
    const text = await readIfThere(file);
    if (text !== undefined) return parse(text);
    const identity = storeIdentity(createIdentity(nodePrimitives, { kind: "static" }));
    await writeWhole(file, `${JSON.stringify(identity, null, 2)}\n`);
    return identity;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--identity ${file}: ${why}`);
  }
}

function parse(text: string): StoredIdentity {
  const stored = parseJson(text);
  restoreIdentity(nodePrimitives, stored);
  return stored as StoredIdentity;
}

/** What `JSON.parse` says of bad JSON quotes it, and this file is secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("not JSON");
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** All of the file or nothing is there, at any time. */
async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  await writeFile(draft, text, { mode: 0o600, flag: "wx", flush: true });
  await rename(draft, file);
}

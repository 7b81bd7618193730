import { createIdentity } from "../protocol/crypto/identity.ts";
import {
  restoreIdentity,
  type StoredIdentity,
  storeIdentity,
} from "../protocol/crypto/stored-identity.ts";
import { messageOf } from "../protocol/errors.ts";
import { nodePrimitives } from "../protocol/node/primitives.ts";
import { readIfThere, writeWhole } from "../rendezvous/kept-file.ts";
import { parseSecretJson } from "../rendezvous/secret-json.ts";
import { UsageError } from "./command.ts";
import { fileError } from "./files.ts";

/**
 * The identity of a peer that the file holds; made there the first time. Whoever can read the file can
 * be this peer: only its owner may. Throws UsageError if it holds none, or as `fileError` says.
 */
export async function keepIdentity(file: string): Promise<StoredIdentity> {
  const name = `--identity ${file}`;
  const text = await readOrMake(file).catch((error: unknown) => {
    throw fileError(error, name);
  });
  try {
    const stored = parseSecretJson(text);
    restoreIdentity(nodePrimitives, stored);
    return stored as StoredIdentity;
  } catch (error) {
    throw new UsageError(`${name}: ${messageOf(error)}`);
  }
}

async function readOrMake(file: string): Promise<string> {
  const known = await readIfThere(file);
  if (known !== undefined) return known;
  const identity = storeIdentity(createIdentity(nodePrimitives, { kind: "static" }));
  const text = `${JSON.stringify(identity, null, 2)}\n`;
  await writeWhole(file, text);
  return text;
}

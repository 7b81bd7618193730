import { readFile, writeFile } from "node:fs/promises";
import type { StoredIdentity } from "../protocol/crypto/stored-identity.ts";
import { UsageError } from "./command.ts";

/** What is in the file, or undefined if there is no such file yet. */
export async function readIdentityFile(file: string): Promise<StoredIdentity | undefined> {
  try {
    // What it holds is checked when the identity is restored.
    return JSON.parse(await readFile(file, "utf8")) as StoredIdentity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--identity ${file}: ${why}`);
  }
}

/** Whoever can read the file can be this peer: only its owner may. */
export async function writeIdentityFile(file: string, identity: StoredIdentity): Promise<void> {
  await writeFile(file, `${JSON.stringify(identity, null, 2)}\n`, { mode: 0o600 });
}

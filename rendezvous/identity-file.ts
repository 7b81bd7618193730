import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createIdentity, type Identity } from "../protocol/crypto/identity.ts";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import { restoreIdentity, storeIdentity } from "../protocol/crypto/stored-identity.ts";
import { RtmfpError } from "../protocol/errors.ts";

/** A server's identity: every session gets keys of its own, nothing opens recorded ones. */
export function createServerIdentity(primitives: Primitives): Identity {
  return createIdentity(primitives, { kind: "ephemeral", acceptsAncillary: true });
}

/** Is it selected by those who look for a server, RFC 7425 §4.4.3? */
export function isServerIdentity({ certificate }: Identity): boolean {
  return certificate.content.acceptsAncillary;
}

/**
 * The identity that the folder `data` holds; made there the first time, for the owner's eyes only.
 * Rejects with `CRYPTO` if the file is no identity, or the error of the file system.
 */
export async function keepServerIdentity(primitives: Primitives, data: string): Promise<Identity> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const path = join(data, FILE_NAME);
  const known = await readIfThere(path);
  if (known !== undefined) return parseIdentity(primitives, path, known);
  const identity = createServerIdentity(primitives);
  await writeWhole(path, `${JSON.stringify(storeIdentity(identity), null, 2)}\n`);
  return identity;
}

function parseIdentity(primitives: Primitives, path: string, text: string): Identity {
  try {
    const identity = restoreIdentity(primitives, JSON.parse(text));
    if (isServerIdentity(identity)) return identity;
    throw new RtmfpError("CRYPTO", "not the identity of a server");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RtmfpError("CRYPTO", `${path}: ${why}`, { cause: error });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** All of the file or nothing is there, at any time. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  await writeFile(draft, text, { mode: 0o600, flag: "wx", flush: true });
  await rename(draft, path);
}

const FILE_NAME = "identity.json";

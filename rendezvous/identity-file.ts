import { join } from "node:path";
import { createIdentity, type Identity } from "../protocol/crypto/identity.ts";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import { restoreIdentity, storeIdentity } from "../protocol/crypto/stored-identity.ts";
import { messageOf, RtmfpError } from "../protocol/errors.ts";
import { keptFile } from "./kept-file.ts";
import { parseSecretJson } from "./secret-json.ts";

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
  const text = await keptFile(data, FILE_NAME, () => {
    const made = storeIdentity(createServerIdentity(primitives));
    return `${JSON.stringify(made, null, 2)}\n`;
  });
  return parseIdentity(primitives, join(data, FILE_NAME), text);
}

function parseIdentity(primitives: Primitives, path: string, text: string): Identity {
  try {
    const identity = restoreIdentity(primitives, parseSecretJson(text));
    if (isServerIdentity(identity)) return identity;
    throw new RtmfpError("CRYPTO", "not the identity of a server");
  } catch (error) {
    throw new RtmfpError("CRYPTO", `${path}: ${messageOf(error)}`, { cause: error });
  }
}

const FILE_NAME = "identity.json";

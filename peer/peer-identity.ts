import { createIdentity, type Identity } from "../protocol/crypto/identity.ts";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import { restoreIdentity, type StoredIdentity } from "../protocol/crypto/stored-identity.ts";
import { RtmfpError } from "../protocol/errors.ts";
import type { PeerOptions } from "./options.ts";

/**
 * The identity that these options ask for. Throws `CRYPTO` if it is not usable, as that of a server: its
 * certificate, which everybody gets to see, would be enough to take this peer's place, RFC 7425 §7.
 */
export function identityFor(
  primitives: Primitives,
  { identity, compat }: Pick<PeerOptions, "identity" | "compat">,
): Identity {
  if (identity !== undefined) return restoreStatic(primitives, identity);
  // MonaServer takes the first key for one of group 2 whatever it is.
  const groups = compat === "flash" ? [2] : undefined;
  return createIdentity(primitives, { kind: "static", groups });
}

function restoreStatic(primitives: Primitives, stored: StoredIdentity): Identity {
  const identity = restoreIdentity(primitives, stored);
  if (identity.certificate.isStatic) return identity;
  throw new RtmfpError("CRYPTO", "not the identity of a peer: an ephemeral one is nobody's");
}

import { createIdentity, type Identity } from "../protocol/crypto/identity.ts";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import { restoreIdentity } from "../protocol/crypto/stored-identity.ts";
import type { PeerOptions } from "./options.ts";

/** The identity that these options ask for. Throws `CRYPTO` if it is not usable. */
export function identityFor(
  primitives: Primitives,
  { identity, compat }: Pick<PeerOptions, "identity" | "compat">,
): Identity {
  if (identity !== undefined) return restoreIdentity(primitives, identity);
  // MonaServer takes the first key for one of group 2 whatever it is.
  const groups = compat === "flash" ? [2] : undefined;
  return createIdentity(primitives, { kind: "static", groups });
}

import { createIdentity, type Identity } from "../protocol/crypto/identity.ts";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import { restoreIdentity } from "../protocol/crypto/stored-identity.ts";
import type { PeerOptions } from "./options.ts";

/** The identity that a peer was given, or a new one. Throws `CRYPTO`. */
export function peerIdentity(primitives: Primitives, options: PeerOptions): Identity {
  return options.identity === undefined
    ? createIdentity(primitives, { kind: "static", groups: groupsOf(options) })
    : restoreIdentity(primitives, options.identity);
}

/** Of a new identity: MonaServer takes the first key for one of group 2 whatever it is. */
function groupsOf({ compat }: PeerOptions): readonly number[] | undefined {
  return compat === "flash" ? [2] : undefined;
}

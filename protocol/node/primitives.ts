import { timingSafeEqual } from "node:crypto";
import type { Group, Primitives } from "../crypto/primitives.ts";
import { aesDecryptor, aesEncryptor } from "./aes.ts";
import { hmacSha256, sha256 } from "./hash.ts";
import { modpGroups } from "./modp.ts";
import { modpGroup } from "./modp-group.ts";
import { random } from "./random.ts";
import { x25519Group } from "./x25519-group.ts";

/** The cryptography of the core by node:crypto: groups 31 (X25519), 2, 5, 14 and 16 (MODP). */
export const nodePrimitives: Primitives = {
  random,
  sha256,
  hmacSha256,
  equal: (one, other) => one.length === other.length && timingSafeEqual(one, other),
  aesEncryptor,
  aesDecryptor,
  group,
};

/** Made when first asked for: group 2 alone costs 30-50 ms. */
const groups: Map<number, Group> = new Map([[x25519Group.id, x25519Group]]);

function group(id: number): Group | undefined {
  const known = groups.get(id);
  if (known !== undefined) return known;
  const parameters = modpGroups.find((candidate) => candidate.id === id);
  if (parameters === undefined) return undefined;
  const made = modpGroup(parameters);
  groups.set(id, made);
  return made;
}

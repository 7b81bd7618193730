import { RtmfpError } from "../errors.ts";
import type { ReadContent } from "./certificate-content.ts";
import type { KeyingComponent } from "./keying-component.ts";

/*
 * Public key selection, RFC 7425 §4.6.1:
 *
 *     initiator   responder   initiator component       responder component
 *     ephemeral   ephemeral   ephemeral key             ephemeral key, same group
 *     ephemeral   static      ephemeral key             randomness
 *     static      ephemeral   group select, randomness  ephemeral key, same group
 *     static      static      group select, randomness  randomness
 *
 * Randomness is not insisted on: the near end's own salt or key makes the session's keys new.
 */

/** The group that an initiator chose: by an ephemeral key in it, or else by naming it. */
export function selectedGroup({ ephemeralKey, groupSelect }: KeyingComponent): number {
  const group = ephemeralKey?.group ?? groupSelect;
  if (group === undefined || (ephemeralKey !== undefined && groupSelect !== undefined)) {
    throw new RtmfpError("CRYPTO", "the initiator has to select one Diffie-Hellman group");
  }
  return group;
}

/** RFC 7425 §4.6.1: the far end's static key, or the ephemeral one of an ephemeral certificate. */
export function publicKeyOf(
  far: ReadContent,
  { ephemeralKey }: KeyingComponent,
  group: number,
): Uint8Array {
  if (far.isStatic !== (ephemeralKey === undefined)) {
    throw new RtmfpError("CRYPTO", "a far end sends an ephemeral key unless it has a static one");
  }
  const ephemeral = ephemeralKey?.group === group ? ephemeralKey.publicKey : undefined;
  const publicKey = ephemeral ?? far.staticKeys.get(group);
  if (publicKey === undefined) {
    throw new RtmfpError("CRYPTO", `the far end has no key in group ${group}`);
  }
  return publicKey;
}

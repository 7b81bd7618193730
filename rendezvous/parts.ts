import type { Identity } from "../protocol/crypto/identity.ts";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import type { Io } from "../protocol/io.ts";
import { nodePrimitives } from "../protocol/node/primitives.ts";
import type { Address } from "../protocol/wire/address.ts";
import { createServerIdentity, keepServerIdentity } from "./identity-file.ts";
import type { AdmissionOptions } from "./media/admission.ts";
import { EncoderLogin } from "./media/encoder-login.ts";
import { StreamTokens } from "./media/stream-tokens.ts";
import type { RendezvousOptions } from "./options.ts";
import { Relay } from "./relay/relay.ts";
import { RelayTokens } from "./relay/relay-tokens.ts";

// What a server is made of, by its options.

export async function identityOf(
  options: RendezvousOptions,
  primitives: Primitives,
): Promise<Identity> {
  const { identity, data } = options;
  if (identity) return identity;
  return data === undefined
    ? createServerIdentity(primitives)
    : keepServerIdentity(primitives, data);
}

/** Those that are the only ones at their IP address. */
export function soleSockets(addresses: readonly Address[]): Address[] {
  return addresses.filter(({ ip }) => addresses.filter((other) => other.ip === ip).length === 1);
}

export function relayOf(options: RendezvousOptions, primitives: Primitives): Relay | undefined {
  const { relay = {}, secret } = options;
  if (relay === false) return undefined;
  const key = secret === undefined ? primitives.random(32) : new TextEncoder().encode(secret);
  return new Relay(relay, new RelayTokens(primitives, key, wallClockOf(options)));
}

export function admissionOf(options: RendezvousOptions, primitives: Primitives): AdmissionOptions {
  const { secret, tokensFor, publishers, authmod = "adobe" } = options;
  const clock = wallClockOf(options);
  const key = secret === undefined ? undefined : new TextEncoder().encode(secret);
  return {
    tokensFor,
    tokens: key && new StreamTokens(primitives, key, clock),
    login: publishers && new EncoderLogin({ authmod, publishers, primitives, clock }),
  };
}

/** Tokens outlive a server, whose own clock starts anew; a simulation has one clock for all. */
function wallClockOf({ io }: RendezvousOptions): () => number {
  return io ? () => io.now() : () => Date.now();
}

/** A simulation is repeatable only if cookies and nonces come from its own generator. */
export function primitivesOf(io: Io | undefined): Primitives {
  return io ? { ...nodePrimitives, random: (length) => io.random(length) } : nodePrimitives;
}

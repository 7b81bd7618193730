import { writeOption } from "../bytes/options.ts";
import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";
import { type HmacNegotiation, type Negotiation, neverSends } from "./negotiation.ts";
import { optionsOf } from "./option-sequence.ts";

/** A Session Key Initiator or Responder Component, RFC 7425 §4.5. */
export interface KeyingComponent {
  /** From ends with an ephemeral certificate. */
  readonly ephemeralKey?: { readonly group: number; readonly publicKey: Uint8Array } | undefined;
  /** From initiators with a static certificate: the group to use. */
  readonly groupSelect?: number | undefined;
  /** From ends with a static certificate: 16 to 64 bytes of salt. */
  readonly extraRandomness?: Uint8Array | undefined;
  /** Not of RFC 7425: an X25519 key beside static ones, see forward-secrecy.ts. */
  readonly forwardSecrecyKey?: Uint8Array | undefined;
  readonly hmac: HmacNegotiation;
  readonly sequenceNumbers: Negotiation;
}

/**
 * Reads either component, RFC 7425 §4.5.1. A negotiation option that is missing means that nothing
 * is offered or asked for. Throws MalformedError.
 */
export function readKeyingComponent(bytes: Uint8Array): KeyingComponent {
  if (bytes.length > MAX_LENGTH) throw new MalformedError("keying component too long");
  const values = new Map<number, Uint8Array>();
  for (const { type, value } of optionsOf(bytes)) {
    if (!KNOWN.has(type)) continue;
    if (values.has(type) && type !== EXTRA_RANDOMNESS) {
      throw new MalformedError("keying component repeats an option");
    }
    values.set(type, value);
  }
  const read = <Value>(type: number, decode: (reader: Reader) => Value): Value | undefined => {
    const value = values.get(type);
    return value && decode(new Reader(value));
  };
  return {
    ephemeralKey: read(EPHEMERAL_KEY, (value) => ({ group: value.vlu(), publicKey: value.rest() })),
    groupSelect: read(GROUP_SELECT, (value) => value.vlu()),
    extraRandomness: values.get(EXTRA_RANDOMNESS),
    forwardSecrecyKey: values.get(FORWARD_SECRECY_KEY),
    hmac: read(HMAC_NEGOTIATION, readHmacNegotiation) ?? { ...NOTHING, length: 0 },
    sequenceNumbers: read(SEQUENCE_NEGOTIATION, readNegotiation) ?? NOTHING,
  };
}

/** The initiator's order of options: fixed layouts, which some far ends expect, start with the key. */
export function writeInitiatorComponent(component: KeyingComponent): Uint8Array {
  scratch.truncate(0);
  writeKey(scratch, component);
  writeNegotiations(scratch, component);
  writeForwardSecrecyKey(scratch, component);
  return scratch.finish();
}

/** The responder's order of options: fixed layouts end with the key. */
export function writeResponderComponent(component: KeyingComponent): Uint8Array {
  scratch.truncate(0);
  writeNegotiations(scratch, component);
  writeKey(scratch, component);
  writeForwardSecrecyKey(scratch, component);
  return scratch.finish();
}

function writeKey(writer: Writer, component: KeyingComponent): void {
  const { ephemeralKey, groupSelect, extraRandomness } = component;
  if (ephemeralKey !== undefined) {
    const { group, publicKey } = ephemeralKey;
    writeOption(writer, EPHEMERAL_KEY, new Writer(SHORT).vlu(group).finish(), publicKey);
  }
  if (groupSelect !== undefined) {
    writeOption(writer, GROUP_SELECT, new Writer(SHORT).vlu(groupSelect).finish());
  }
  if (extraRandomness !== undefined) writeOption(writer, EXTRA_RANDOMNESS, extraRandomness);
}

function writeNegotiations(writer: Writer, { hmac, sequenceNumbers }: KeyingComponent): void {
  const hmacValue = new Writer(SHORT).u8(flagsOf(hmac)).vlu(neverSends(hmac) ? 0 : hmac.length);
  writeOption(writer, HMAC_NEGOTIATION, hmacValue.finish());
  writeOption(writer, SEQUENCE_NEGOTIATION, Uint8Array.of(flagsOf(sequenceNumbers)));
}

function writeForwardSecrecyKey(writer: Writer, { forwardSecrecyKey }: KeyingComponent): void {
  if (forwardSecrecyKey === undefined) return;
  writeOption(writer, FORWARD_SECRECY_KEY, forwardSecrecyKey);
}

/** RFC 7425 §4.5.2.4: `flags(1) hmacLength:VLU`. Who will send none may give any length. */
function readHmacNegotiation(reader: Reader): HmacNegotiation {
  const negotiation = readNegotiation(reader);
  const length = reader.vlu();
  if (neverSends(negotiation)) return { length: 0, ...negotiation };
  if (length < MIN_HMAC_LENGTH || length > MAX_HMAC_LENGTH) {
    throw new MalformedError("an HMAC has 4 to 32 bytes");
  }
  return { length, ...negotiation };
}

/** RFC 7425 §4.5.2.5: `flags(1)`. */
function readNegotiation(reader: Reader): Negotiation {
  const flags = reader.u8();
  return {
    willSendAlways: (flags & WILL_SEND_ALWAYS) !== 0,
    willSendOnRequest: (flags & WILL_SEND_ON_REQUEST) !== 0,
    request: (flags & REQUEST) !== 0,
  };
}

function flagsOf(negotiation: Negotiation): number {
  return (
    (negotiation.willSendAlways ? WILL_SEND_ALWAYS : 0) |
    (negotiation.willSendOnRequest ? WILL_SEND_ON_REQUEST : 0) |
    (negotiation.request ? REQUEST : 0)
  );
}

/** Of the component in hand. */
const scratch = new Writer();

/** V8 keeps so many bytes in its own heap, unless somebody wants a view of them. */
const SHORT = 64;
const EPHEMERAL_KEY = 0x0d;
const EXTRA_RANDOMNESS = 0x0e;
const HMAC_NEGOTIATION = 0x1a;
const GROUP_SELECT = 0x1d;
const SEQUENCE_NEGOTIATION = 0x1e;
/** docs/forward-secrecy.md says why this number. */
const FORWARD_SECRECY_KEY = 0x2519;
const KNOWN: ReadonlySet<number> = new Set([
  EPHEMERAL_KEY,
  EXTRA_RANDOMNESS,
  FORWARD_SECRECY_KEY,
  HMAC_NEGOTIATION,
  GROUP_SELECT,
  SEQUENCE_NEGOTIATION,
]);

const WILL_SEND_ALWAYS = 0x04;
const WILL_SEND_ON_REQUEST = 0x02;
const REQUEST = 0x01;
const NOTHING: Negotiation = { willSendAlways: false, willSendOnRequest: false, request: false };

/** RFC 7425 §4.5.2.4. */
const MIN_HMAC_LENGTH = 4;
const MAX_HMAC_LENGTH = 32;

/** Twice a component with a key of 8192 bits. */
const MAX_LENGTH = 2304;

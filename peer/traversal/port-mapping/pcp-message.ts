import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { formatIp, parseIp } from "../../../protocol/wire/ip.ts";

/** What RFC 6887 §11.1 has a client ask for. A lifetime of 0 deletes the mapping, §15.1. */
export interface PcpMapRequest {
  readonly lifetimeSeconds: number;
  /** The IPv4 address that the request is sent from; a NAT in between is noticed by it, §8.1. */
  readonly clientIp: string;
  /** 12 bytes that the server wants to see again when the mapping is renewed or deleted. */
  readonly nonce: Uint8Array;
  readonly internalPort: number;
  /** 0: any. */
  readonly suggestedPort: number;
}

/** RFC 6887 §7.2 and §11.1. */
export interface PcpMapResponse {
  readonly type: "map";
  /** One of `PcpResult`, or a later one. */
  readonly result: number;
  /** Of the mapping, or of the refusal. */
  readonly lifetimeSeconds: number;
  readonly epochSeconds: number;
  readonly nonce: Uint8Array;
  /** An IANA protocol number. */
  readonly protocol: number;
  readonly internalPort: number;
  readonly externalPort: number;
  /** IPv4-mapped addresses as IPv4. */
  readonly externalIp: string;
}

/** The server knows no version 2, RFC 6887 §9: perhaps it speaks NAT-PMP. */
interface PcpVersionResponse {
  readonly type: "version";
}

/** An answer to an operation that nobody here asks for. */
interface PcpOtherResponse {
  readonly type: "other";
  readonly epochSeconds: number;
}

export type PcpResponse = PcpMapResponse | PcpVersionResponse | PcpOtherResponse;

/**
 * RFC 6887 §7.1, §11.1: `version(1) opcode(1) 0(2) lifetime(4) client(16)`, then
 * `nonce(12) protocol(1) 0(3) internal port(2) suggested port(2) suggested address(16)`.
 */
export function encodePcpMapRequest(request: PcpMapRequest): Uint8Array {
  const writer = new Writer(60);
  writer.u8(PCP_VERSION).u8(OPCODE_MAP).u16(0).u32(request.lifetimeSeconds);
  writer.put(IPV4_MAPPED).put(parseIp(request.clientIp));
  writer.put(request.nonce).u8(PROTOCOL_UDP).u24(0);
  writer.u16(request.internalPort).u16(request.suggestedPort);
  // §11.1: no suggestion, but of the IPv4 family.
  return writer.put(IPV4_MAPPED).u32(0).finish();
}

/**
 * RFC 6887 §7.2: `version(1) 0x80|opcode(1) 0(1) result(1) lifetime(4) epoch(4) 0(12)`, then as in the
 * request, and options, which are skipped. Throws MalformedError.
 */
export function decodePcpResponse(bytes: Uint8Array): PcpResponse {
  const reader = new Reader(bytes);
  const version = reader.u8();
  const opcode = reader.u8();
  if ((opcode & RESPONSE) === 0) throw new MalformedError("PCP: a request instead of a response");
  // A NAT-PMP server answers in its own format and length, RFC 6886 §3.5.
  if (version !== PCP_VERSION) return { type: "version" };
  // §8.3: at most 1100 bytes, in words of four.
  if (bytes.length > MAX_BYTES || bytes.length % 4 !== 0) {
    throw new MalformedError(`PCP: ${bytes.length} bytes`);
  }
  reader.skip(1);
  const result = reader.u8();
  const lifetimeSeconds = reader.u32();
  const epochSeconds = reader.u32();
  reader.skip(12);
  if (result === PcpResult.unsupportedVersion) return { type: "version" };
  if ((opcode & ~RESPONSE) !== OPCODE_MAP) return { type: "other", epochSeconds };
  const nonce = reader.bytes(NONCE_BYTES);
  const protocol = reader.u8();
  reader.skip(3);
  const internalPort = reader.u16();
  const externalPort = reader.u16();
  const externalIp = readIp(reader.bytes(16));
  return {
    type: "map",
    ...{ result, lifetimeSeconds, epochSeconds, nonce },
    ...{ protocol, internalPort, externalPort, externalIp },
  };
}

function readIp(bytes: Uint8Array): string {
  const isV4 = IPV4_MAPPED.every((byte, index) => bytes[index] === byte);
  return formatIp(isV4 ? bytes.subarray(12) : bytes);
}

/** Those of RFC 6887 §7.4 that are told apart; all others mean no. */
export const PcpResult = { success: 0, unsupportedVersion: 1 } as const;
/** RFC 6887 §11.1. */
export const NONCE_BYTES = 12;
/** The protocol number of UDP, as IANA has it. */
export const PROTOCOL_UDP = 17;

const PCP_VERSION = 2;
const OPCODE_MAP = 1;
const RESPONSE = 0x80;
/** RFC 6887 §7. */
const MAX_BYTES = 1_100;
const IPV4_MAPPED = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);

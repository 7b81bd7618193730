import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { formatIp } from "../../../protocol/wire/ip.ts";

/** RFC 6886 §3.3 and §3.4: a lifetime and an external port of 0 delete the mapping. */
export interface NatPmpMapRequest {
  readonly internalPort: number;
  readonly suggestedPort: number;
  readonly lifetimeSeconds: number;
}

/** RFC 6886 §3.2. */
interface NatPmpAddressResponse {
  readonly type: "address";
  readonly epochSeconds: number;
  readonly externalIp: string;
}

/** RFC 6886 §3.3. */
interface NatPmpMapResponse {
  readonly type: "map";
  readonly epochSeconds: number;
  readonly internalPort: number;
  readonly externalPort: number;
  readonly lifetimeSeconds: number;
}

/** RFC 6886 §3.5: a refusal may end after the epoch. */
interface NatPmpRefusal {
  readonly type: "refusal";
  readonly operation: number;
  readonly result: number;
  readonly epochSeconds: number;
}

export type NatPmpResponse = NatPmpAddressResponse | NatPmpMapResponse | NatPmpRefusal;

/** RFC 6886 §3.2: `version(1) 0(1)`. */
export function encodeNatPmpAddressRequest(): Uint8Array {
  return Uint8Array.of(VERSION, OPERATION_ADDRESS);
}

/** RFC 6886 §3.3: `version(1) 1(1) 0(2) internal port(2) suggested port(2) lifetime(4)`, for UDP. */
export function encodeNatPmpMapRequest(request: NatPmpMapRequest): Uint8Array {
  const writer = new Writer(12);
  writer.u8(VERSION).u8(OPERATION_MAP_UDP).u16(0);
  writer.u16(request.internalPort).u16(request.suggestedPort).u32(request.lifetimeSeconds);
  return writer.finish();
}

/**
 * RFC 6886 §3.2: `version(1) 128+operation(1) result(2) epoch(4)`, then `address(4)`, or §3.3:
 * `internal port(2) external port(2) lifetime(4)`. Throws MalformedError.
 */
export function decodeNatPmpResponse(bytes: Uint8Array): NatPmpResponse {
  const reader = new Reader(bytes);
  const version = reader.u8();
  const operation = reader.u8() - RESPONSE;
  if (version !== VERSION || operation < 0) {
    throw new MalformedError(`NAT-PMP: version ${version}, operation ${operation + RESPONSE}`);
  }
  const result = reader.u16();
  const epochSeconds = reader.u32();
  if (result !== 0) return { type: "refusal", operation, result, epochSeconds };
  switch (operation) {
    case OPERATION_ADDRESS:
      return { type: "address", epochSeconds, externalIp: formatIp(reader.bytes(4)) };
    case OPERATION_MAP_UDP: {
      const internalPort = reader.u16();
      const externalPort = reader.u16();
      const lifetimeSeconds = reader.u32();
      return { type: "map", epochSeconds, internalPort, externalPort, lifetimeSeconds };
    }
    default:
      throw new MalformedError(`NAT-PMP: operation ${operation}`);
  }
}

/** RFC 6886 §3.5: the answer to a request that was no NAT-PMP. */
export const UNSUPPORTED_VERSION = 1;
export const OPERATION_ADDRESS = 0;
export const OPERATION_MAP_UDP = 1;

const VERSION = 0;
const RESPONSE = 128;

import { LEASE_SECONDS } from "./lease.ts";
import type { MappingRequest } from "./mapping.ts";
import {
  decodeNatPmpResponse,
  encodeNatPmpAddressRequest,
  encodeNatPmpMapRequest,
  type NatPmpResponse,
  OPERATION_ADDRESS,
  OPERATION_MAP_UDP,
  UNSUPPORTED_VERSION,
} from "./nat-pmp-message.ts";
import type { PortControlAnswer, PortControlDialect } from "./port-control-client.ts";

/** NAT Port Mapping Protocol, RFC 6886: first the external address, then the mapping, each round. */
export class NatPmpDialect implements PortControlDialect {
  readonly protocol = "nat-pmp";
  readonly #internalPort: number;
  #suggestedPort = 0;
  #externalIp: string | undefined;

  constructor(request: MappingRequest) {
    this.#internalPort = request.internalPort;
  }

  begin(suggestedPort: number): void {
    this.#suggestedPort = suggestedPort;
    this.#externalIp = undefined;
  }

  request(): Uint8Array {
    if (this.#externalIp === undefined) return encodeNatPmpAddressRequest();
    return encodeNatPmpMapRequest({
      internalPort: this.#internalPort,
      suggestedPort: this.#suggestedPort || this.#internalPort,
      lifetimeSeconds: LEASE_SECONDS,
    });
  }

  /** §3.4. */
  deletion(): Uint8Array {
    const internalPort = this.#internalPort;
    return encodeNatPmpMapRequest({ internalPort, suggestedPort: 0, lifetimeSeconds: 0 });
  }

  answer(bytes: Uint8Array): { readonly answer: PortControlAnswer; readonly epochSeconds: number } {
    const response = decodeNatPmpResponse(bytes);
    return { answer: this.#meaning(response), epochSeconds: response.epochSeconds };
  }

  #meaning(response: NatPmpResponse): PortControlAnswer {
    switch (response.type) {
      case "refusal":
        return { type: this.#isAnswer(response.operation, response.result) ? "refused" : "other" };
      case "address": {
        // §3.2.1: also announced unasked; a repeated one changes nothing.
        const isNext = this.#externalIp === undefined;
        this.#externalIp = response.externalIp;
        return { type: isNext ? "continue" : "other" };
      }
      case "map": {
        const { internalPort, externalPort: port, lifetimeSeconds } = response;
        if (internalPort !== this.#internalPort) return { type: "other" };
        if (lifetimeSeconds === 0) return { type: "deleted" };
        const ip = this.#externalIp;
        if (ip === undefined) return { type: "other" };
        return { type: "granted", external: { ip, port }, lifetimeSeconds };
      }
    }
  }

  /** What refuses the version answers a PCP request that was sent before, and comes late. */
  #isAnswer(operation: number, result: number): boolean {
    const asked = this.#externalIp === undefined ? OPERATION_ADDRESS : OPERATION_MAP_UDP;
    return operation === asked && result !== UNSUPPORTED_VERSION;
  }
}

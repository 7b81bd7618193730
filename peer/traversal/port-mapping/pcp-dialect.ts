import { LEASE_SECONDS } from "./lease.ts";
import type { MappingRequest } from "./mapping.ts";
import {
  decodePcpResponse,
  encodePcpMapRequest,
  NONCE_BYTES,
  type PcpMapResponse,
  PcpResult,
  PROTOCOL_UDP,
} from "./pcp-message.ts";
import type { PortControlAnswer, PortControlDialect } from "./port-control-client.ts";

/** Port Control Protocol, RFC 6887. */
export class PcpDialect implements PortControlDialect {
  readonly protocol = "pcp";
  readonly #request: MappingRequest;
  /** §11.2: the same for renewing and deleting. */
  readonly #nonce: Uint8Array;
  #suggestedPort = 0;

  constructor(request: MappingRequest) {
    this.#request = request;
    this.#nonce = request.random(NONCE_BYTES);
  }

  begin(suggestedPort: number): void {
    this.#suggestedPort = suggestedPort;
  }

  request(): Uint8Array {
    return this.#encode(LEASE_SECONDS, this.#suggestedPort || this.#request.internalPort);
  }

  /** §15.1: all but the nonce and the internal port must be zero. */
  deletion(): Uint8Array {
    return this.#encode(0, 0);
  }

  answer(bytes: Uint8Array): {
    readonly answer: PortControlAnswer;
    readonly epochSeconds?: number;
  } {
    const response = decodePcpResponse(bytes);
    // §9: what the server knows instead is for another dialect.
    if (response.type === "version") return { answer: { type: "refused" } };
    const { epochSeconds } = response;
    const isOurs = response.type === "map" && this.#isOurs(response);
    return { answer: isOurs ? meaning(response) : { type: "other" }, epochSeconds };
  }

  /** §11.4. */
  #isOurs(response: PcpMapResponse): boolean {
    return (
      response.protocol === PROTOCOL_UDP &&
      response.internalPort === this.#request.internalPort &&
      response.nonce.every((byte, index) => byte === this.#nonce[index])
    );
  }

  #encode(lifetimeSeconds: number, suggestedPort: number): Uint8Array {
    const { internalPort, router } = this.#request;
    const nonce = this.#nonce;
    const clientIp = router.localIp;
    return encodePcpMapRequest({ lifetimeSeconds, clientIp, nonce, internalPort, suggestedPort });
  }
}

function meaning(response: PcpMapResponse): PortControlAnswer {
  const { result, lifetimeSeconds, externalIp: ip, externalPort: port } = response;
  if (result !== PcpResult.success) return { type: "refused" };
  if (lifetimeSeconds === 0) return { type: "deleted" };
  return { type: "granted", external: { ip, port }, lifetimeSeconds };
}

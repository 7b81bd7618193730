import { type Address, sameAddress } from "../../protocol/wire/address.ts";
import { scopeOf } from "../../protocol/wire/ip.ts";

/** How a peer's relay connection looks from both sides: from its local port, others are dialled, too. */
export interface TcpMapping {
  readonly localPort: number;
  /** Where the server saw it. */
  readonly observed: Address;
}

/** Where others may dial us: as the server sees us first, then at our own interfaces. */
export function ownTcpCandidates(
  { localPort, observed }: TcpMapping,
  interfaces: readonly string[],
): Address[] {
  const hosts = interfaces.map((ip) => ({ ip, port: localPort }));
  return [observed, ...hosts.filter((host) => !sameAddress(host, observed))];
}

/**
 * Those of the far end's candidates that we dial. Never ourselves: a socket that dials its own port
 * is connected to itself. Loopback means somebody else there, unless the server is there with us.
 */
export function dialable(
  candidates: readonly Address[],
  own: readonly Address[],
  mapping: TcpMapping,
): Address[] {
  const isServerNear = scopeOf(mapping.observed.ip) === "host";
  return candidates.filter(
    (candidate, index) =>
      !own.some((mine) => sameAddress(mine, candidate)) &&
      (isServerNear || scopeOf(candidate.ip) !== "host") &&
      candidates.findIndex((other) => sameAddress(other, candidate)) === index,
  );
}

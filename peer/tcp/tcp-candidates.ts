import { type Address, sameAddress } from "../../protocol/wire/address.ts";

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
  const isServerNear = isLoopback(mapping.observed.ip);
  return candidates.filter(
    (candidate, index) =>
      !own.some((mine) => sameAddress(mine, candidate)) &&
      !NOWHERE.test(candidate.ip) &&
      (isServerNear || !isLoopback(candidate.ip)) &&
      candidates.findIndex((other) => sameAddress(other, candidate)) === index,
  );
}

function isLoopback(ip: string): boolean {
  return LOOPBACK.test(ip);
}

/** Within IPv6, too: `::ffff:127.0.0.1`, however it is written. */
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.|::ffff:7f)/i;
/** Unspecified, multicast, broadcast: nobody is there. */
const NOWHERE = /^(?:0\.|2[2-5]\d\.|::$|::ffff:0?:|ff[0-9a-f]{2}:)/i;

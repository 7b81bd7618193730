import type { Session } from "../../protocol/session/session.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { scopeOf } from "../../protocol/wire/ip.ts";
import { type HostPolicy, hostCandidates } from "../traversal/candidates.ts";

/**
 * Where others may reach this machine's sockets, RFC 7425 §5.3.3: no loopback addresses, except for a
 * server that is on this machine itself.
 */
export function reachableAddresses(
  interfaces: readonly string[],
  sockets: readonly Address[],
  server: Session | undefined,
  policy: HostPolicy,
): Address[] {
  const serverIp = server?.destination.ip;
  const near = serverIp !== undefined && scopeOf(serverIp) === "host" ? [serverIp] : [];
  const ports = { v4: portOf(sockets, false), v6: portOf(sockets, true) };
  const told = hostCandidates(interfaces, ports, policy).map(({ address }) => address);
  return [...near.flatMap((ip) => at(ip, ports)), ...told];
}

interface Ports {
  readonly v4: number | undefined;
  readonly v6: number | undefined;
}

function portOf(sockets: readonly Address[], isV6: boolean): number | undefined {
  return sockets.find(({ ip }) => ip.includes(":") === isV6)?.port;
}

function at(ip: string, { v4, v6 }: Ports): Address[] {
  const port = ip.includes(":") ? v6 : v4;
  return port === undefined ? [] : [{ ip, port }];
}

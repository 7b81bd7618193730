import type { Session } from "../protocol/session/session.ts";
import type { Address } from "../protocol/wire/address.ts";

/**
 * Where others may reach this machine's sockets, RFC 7425 §5.3.3: no loopback addresses, except for a
 * server that is on this machine itself.
 */
export function reachableAddresses(
  interfaces: readonly string[],
  sockets: readonly Address[],
  server: Session | undefined,
): Address[] {
  const serverIp = server?.destination.ip;
  const near = serverIp !== undefined && LOOPBACK.has(serverIp) ? [serverIp] : [];
  return [...near, ...interfaces].flatMap((ip) => {
    const isV6 = ip.includes(":");
    const socket = sockets.find((address) => address.ip.includes(":") === isV6);
    return socket ? [{ ip, port: socket.port }] : [];
  });
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1"]);

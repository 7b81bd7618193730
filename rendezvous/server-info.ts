import type { AmfObject } from "../protocol/amf/value.ts";
import { RELAY_APP } from "./relay/relay.ts";

/** Where a server listens, `host:port` each, by protocol. */
export type Listening = Readonly<Record<string, readonly string[]>>;

/** What a client may want to know of the server: its ports, at the host that the client knows. */
export function serverInfoOf(listening: Listening): AmfObject {
  const ports = CLIENT_PROTOCOLS.map((protocol) => [protocol, portsOf(listening[protocol])]);
  return Object.fromEntries(ports);
}

/** URLs of the relay for clients that know this host by `url`, the best first; none if that is none. */
export function relayUrlsOf(url: string, listening: Listening): string[] {
  const host = HOST.exec(url)?.groups?.host;
  if (host === undefined) return [];
  return RELAY_SCHEMES.flatMap(([scheme, protocol]) =>
    portsOf(listening[protocol]).map((port) => `${scheme}://${host}:${port}/${RELAY_APP}`),
  );
}

function portsOf(addresses: readonly string[] = []): number[] {
  const ports = addresses.map((address) => Number(address.slice(address.lastIndexOf(":") + 1)));
  return [...new Set(ports)];
}

const CLIENT_PROTOCOLS = ["rtmfp", "rtmp", "rtmps"];
/** Whoever serves RTMP on a port serves RTMPT there, too. */
const RELAY_SCHEMES = [
  ["rtmp", "rtmp"],
  ["rtmps", "rtmps"],
  ["rtmpt", "rtmp"],
] as const;
/** An IPv6 address stays in its brackets. */
const HOST = /^[a-z]+:\/\/(?<host>\[[0-9a-fA-F:.]+\]|[^\s/:?#@[\]]+)/;

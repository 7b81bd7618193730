import { MalformedError } from "../protocol/errors.ts";
import type { Address } from "../protocol/wire/address.ts";
import { formatIp, parseIp } from "../protocol/wire/ip.ts";

/**
 * Where to listen: `127.0.0.1:1935`, `[::]:1935` or `localhost:0`; port 0 lets the system choose.
 * Throws RangeError naming `field`.
 */
export function parseListenAddress(text: unknown, field: string): Address {
  const parts = typeof text === "string" ? HOST_AND_PORT.exec(text)?.groups : undefined;
  const port = Number(parts?.port);
  if (!parts || port > 65_535) {
    throw new RangeError(`${field}: "${String(text)}" is not host:port`);
  }
  const host = parts.v6 ?? parts.host ?? "";
  return { ip: host === "localhost" ? "127.0.0.1" : ipOf(host, field), port };
}

function ipOf(host: string, field: string): string {
  try {
    return formatIp(parseIp(host));
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw new RangeError(`${field}: "${host}" is no IP address`, { cause: error });
  }
}

const HOST_AND_PORT = /^(?:\[(?<v6>[^\]]*)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/;

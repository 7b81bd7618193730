import { MalformedError } from "../../protocol/errors.ts";
import { type Address, parseAddress } from "../../protocol/wire/address.ts";
import { formatIp, parseIp, unmapped } from "../../protocol/wire/ip.ts";

/**
 * An address as `setPeerInfo` lists it, RFC 7425 §5.3.3: `192.0.2.129:50001` or
 * `[2001:db8:1::2]:50002`. Throws MalformedError.
 */
export function parsePeerAddress(text: string): Address {
  const { ip, port } = parseAddress(text);
  if (port === 0) throw new MalformedError("a socket address without a port");
  return { ip: formatIp(unmapped(parseIp(ip))), port };
}

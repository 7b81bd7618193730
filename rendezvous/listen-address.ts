import { unlessMalformed } from "../protocol/errors.ts";
import { type Address, parseAddress } from "../protocol/wire/address.ts";

/**
 * Where to listen: `127.0.0.1:1935`, `[::]:1935` or `localhost:0`; port 0 lets the system choose.
 * Throws RangeError naming `field`.
 */
export function parseListenAddress(text: unknown, field: string): Address {
  const named = typeof text === "string" ? text.replace(/^localhost:/, "127.0.0.1:") : "";
  const address = unlessMalformed(() => parseAddress(named));
  if (address) return address;
  throw new RangeError(
    `${field}: "${String(text)}" is not host:port with an IP address or localhost`,
  );
}

import { MalformedError } from "../../../protocol/errors.ts";
import type { Address } from "../../../protocol/wire/address.ts";

/** Where UPnP devices listen for searches, UPnP Device Architecture 1.1 §1.1. */
export const SSDP_ADDRESS: Address = { ip: "239.255.255.250", port: 1_900 };

/** UPnP Device Architecture 1.1 §1.3.2: asks who has `target`, to be answered within a second. */
export function encodeSearch(target: string): Uint8Array {
  const lines = [
    "M-SEARCH * HTTP/1.1",
    `HOST: ${SSDP_ADDRESS.ip}:${SSDP_ADDRESS.port}`,
    'MAN: "ssdp:discover"',
    "MX: 1",
    `ST: ${target}`,
  ];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}

/**
 * UPnP Device Architecture 1.1 §1.3.3: URL of the description of the device that answers a search.
 * Throws MalformedError if that is not what `bytes` are.
 */
export function readSearchResponse(bytes: Uint8Array): string {
  if (bytes.length > MAX_BYTES) throw new MalformedError(`SSDP: ${bytes.length} bytes`);
  const [status = "", ...lines] = new TextDecoder().decode(bytes).split(/\r?\n/);
  if (!/^HTTP\/1\.[01] 200\b/.test(status)) throw new MalformedError("SSDP: no response");
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (line.slice(0, colon).trim().toLowerCase() !== "location") continue;
    const location = line.slice(colon + 1).trim();
    if (location !== "") return location;
  }
  throw new MalformedError("SSDP: no location");
}

/** Responses have some hundred bytes. */
const MAX_BYTES = 4_096;

import { MalformedError } from "../../../protocol/errors.ts";
import { childText, descendants, readXml } from "./xml.ts";

/** A service of a router that has mappings. */
export interface WanService {
  /** `urn:schemas-upnp-org:service:WANIPConnection:1` or one of its kind. */
  readonly type: string;
  readonly controlUrl: string;
}

/**
 * The services of a UPnP device description (UPnP Device Architecture 1.1 §2.3) that can map ports,
 * the best first. Only those whose control URL is HTTP at `ip`: no answer makes us talk to somebody
 * else. Throws MalformedError.
 */
export function readDeviceDescription(source: string, location: string, ip: string): WanService[] {
  const root = readXml(source);
  // §2.3 of version 1.0; later ones have it no more.
  const base = childText(root, "URLBase") || location;
  const services = [...descendants(root, "service")].flatMap((element) => {
    const type = childText(element, "serviceType");
    const controlUrl = urlAt(childText(element, "controlURL"), base, ip);
    return controlUrl !== undefined && SERVICE_TYPES.includes(type) ? [{ type, controlUrl }] : [];
  });
  services.sort((one, other) => rank(one) - rank(other));
  if (services.length === 0) throw new MalformedError("UPnP: a device that maps no ports");
  return services.slice(0, MAX_SERVICES);
}

/** `text` as an absolute HTTP URL, if it is one at `ip`. */
export function urlAt(text: string, base: string, ip: string): string | undefined {
  if (text === "" || !URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  const isThere = url.protocol === "http:" && url.hostname === ip && url.username === "";
  return isThere ? url.href : undefined;
}

function rank(service: WanService): number {
  return SERVICE_TYPES.indexOf(service.type);
}

/** Best first: PPP is an old modem's way, and some routers list it although it leads nowhere. */
const SERVICE_TYPES: readonly string[] = [
  "urn:schemas-upnp-org:service:WANIPConnection:2",
  "urn:schemas-upnp-org:service:WANIPConnection:1",
  "urn:schemas-upnp-org:service:WANPPPConnection:1",
];
/** A router has one or two ways to the Internet; each that leads nowhere costs a request. */
const MAX_SERVICES = 4;

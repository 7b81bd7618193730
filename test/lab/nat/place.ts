import type { Host } from "../host.ts";
import type { Lab } from "../lab.ts";
import type { StationOptions } from "../network.ts";
import type { Router } from "../router.ts";
import type { NatClass } from "./classes.ts";

/** A host behind the NATs of a class. */
export interface Placed {
  readonly host: Host;
  /** From the internet inwards. */
  readonly routers: readonly Router[];
}

/**
 * A new host on the lab's internet that is seen from the IPv4 address `publicIp`, behind the NATs of
 * `natClass`. `access` are the conditions of its way to the internet, and IPv6 addresses of the host.
 * Throws RangeError if an address is taken.
 */
export function placeBehind(
  lab: Lab,
  natClass: NatClass,
  publicIp: string,
  access: StationOptions = {},
): Placed {
  const routers: Router[] = [];
  let here: Pick<Lab, "host" | "router"> = lab;
  let ip = publicIp;
  const { up, down, also } = access;
  for (const nat of natClass.layers) {
    const isTranslated = nat.mapping !== "none";
    const line = routers.length === 0 ? { up, down } : {};
    const router = here.router(isTranslated ? ip : linkAddress(ip), { ...line, nat });
    routers.push(router);
    here = router;
    if (isTranslated) ip = routers.length < natClass.layers.length ? CARRIER_IP : HOME_IP;
  }
  const line = routers.length === 0 ? { up, down } : {};
  return { host: here.host(ip, { ...line, also }), routers };
}

/** A router that translates nothing is never spoken to: an address of RFC 3927 is enough. */
function linkAddress(ip: string): string {
  return `169.254.${ip.split(".").slice(2).join(".")}`;
}

/** RFC 6598: between a home and its carrier's NAT. */
const CARRIER_IP = "100.64.0.2";
const HOME_IP = "192.168.1.2";

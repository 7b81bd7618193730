import { isIP } from "node:net";
import type { Address } from "../protocol/wire/address.ts";
import { UsageError } from "./command.ts";

/** `host:port`, `[v6]:port`, or a port alone on `defaultIp`. Throws UsageError naming the option. */
export function parseAddress(option: string, text: string, defaultIp: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? /^()()(\d+)$/.exec(text);
  const ip = match?.[1] || match?.[2] || defaultIp;
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new UsageError(`--${option}: ${text} is not host:port`);
  if (ip === "localhost") return { ip: "127.0.0.1", port };
  if (!isIP(ip)) throw new UsageError(`--${option}: ${ip} is not an IP address`);
  return { ip, port };
}

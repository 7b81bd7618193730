import type { Address } from "../protocol/wire/address.ts";
import { parseListenAddress } from "../rendezvous/listen-address.ts";
import { UsageError } from "./command.ts";

/** `host:port`, `[v6]:port`, or a port alone on `defaultIp`. Throws UsageError naming the option. */
export function parseAddress(option: string, text: string, defaultIp: string): Address {
  try {
    return parseListenAddress(withHost(text, defaultIp), `--${option}`);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

/** A port alone gets a host before it. */
export function withHost(text: string, defaultIp: string): string {
  return /^\d+$/.test(text) ? `${defaultIp}:${text}` : text;
}

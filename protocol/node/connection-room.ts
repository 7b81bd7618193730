import type { Duplex } from "node:stream";
import { isLoopback } from "../wire/ip.ts";
import { sourceOf } from "../wire/source.ts";

export interface ConnectionLimits {
  readonly max: number;
  /** From one IPv4 address, or one /64 of IPv6. There is no such limit for this machine itself. */
  readonly maxPerAddress: number;
}

/** Counts connections, so that nobody alone takes all that a server has. */
export class ConnectionRoom {
  readonly #limits: ConnectionLimits;
  #count = 0;
  /** BOUNDED: by the connections. */
  readonly #perSource = new Map<string, number>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Counts a connection from `ip` until it closes; answers false, and ends it, if there is no room. */
  admit(connection: Duplex, ip: string | undefined): boolean {
    const leave = ip === undefined ? undefined : this.#enter(ip);
    if (leave) connection.once("close", leave);
    else connection.destroy();
    return leave !== undefined;
  }

  #enter(ip: string): (() => void) | undefined {
    const source = sourceOf({ ip, port: 0 });
    const count = this.#perSource.get(source) ?? 0;
    const isFull = count >= this.#limits.maxPerAddress && !isLoopback(ip);
    if (isFull || this.#count >= this.#limits.max) return undefined;
    this.#count += 1;
    this.#perSource.set(source, count + 1);
    return () => {
      const left = (this.#perSource.get(source) ?? 0) - 1;
      this.#count -= 1;
      if (left > 0) this.#perSource.set(source, left);
      else this.#perSource.delete(source);
    };
  }
}

/** What is not set has its default. */
export function connectionLimits(options: {
  readonly maxConnections?: number | undefined;
  readonly maxConnectionsPerAddress?: number | undefined;
}): ConnectionLimits {
  const { maxConnections: max = MAX_CONNECTIONS } = options;
  const { maxConnectionsPerAddress: maxPerAddress = MAX_CONNECTIONS_PER_ADDRESS } = options;
  return { max, maxPerAddress };
}

const MAX_CONNECTIONS = 1_024;
/** A school behind one NAT fits, and it takes four of those to fill a server. */
const MAX_CONNECTIONS_PER_ADDRESS = 256;

import type { Duplex } from "node:stream";
import { Tally } from "../bytes/tally.ts";
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
  readonly #perSource = new Tally();

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
    const isFull = this.#perSource.of(source) >= this.#limits.maxPerAddress && !isLoopback(ip);
    if (isFull || this.#count >= this.#limits.max) return undefined;
    this.#count += 1;
    this.#perSource.add(source);
    return () => {
      this.#count -= 1;
      this.#perSource.remove(source);
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

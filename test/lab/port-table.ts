import { RtmfpError } from "../../protocol/errors.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { isV6 } from "./datagram.ts";

/** Whatever is bound to an address of a host. */
export interface Bound {
  readonly local: Address;
}

/** Who is bound to which port of a host: one a port and address. */
export class PortTable<Entry extends Bound> {
  readonly #entries = new Map<number, Set<Entry>>();
  #nextPort = EPHEMERAL_FIRST;

  has(entry: Entry): boolean {
    return this.#entries.get(entry.local.port)?.has(entry) ?? false;
  }

  /** Who takes what is sent to this address, if anyone. */
  find(to: Address): Entry | undefined {
    for (const entry of this.#at(to.port)) if (covers(entry.local.ip, to.ip)) return entry;
    return undefined;
  }

  isTaken(wanted: Address): boolean {
    for (const { local } of this.#at(wanted.port)) {
      if (covers(local.ip, wanted.ip) || covers(wanted.ip, local.ip)) return true;
    }
    return false;
  }

  add(entry: Entry): void {
    const { port } = entry.local;
    this.#entries.set(port, new Set([...this.#at(port), entry]));
  }

  remove(entry: Entry): void {
    this.#entries.get(entry.local.port)?.delete(entry);
  }

  /** All that are bound, for a host whose address changes. */
  *all(): Iterable<Entry> {
    for (const entries of this.#entries.values()) yield* entries;
  }

  /**
   * A free ephemeral port. Ports go round, so that a port just closed is not the next one given.
   * Throws `ADDRESS_IN_USE` if all are taken.
   */
  freePort(ip: string, isTaken: (wanted: Address) => boolean = () => false): number {
    for (let tries = EPHEMERAL_FIRST; tries <= EPHEMERAL_LAST; tries += 1) {
      const port = this.#nextPort;
      this.#nextPort = port === EPHEMERAL_LAST ? EPHEMERAL_FIRST : port + 1;
      if (!this.isTaken({ ip, port }) && !isTaken({ ip, port })) return port;
    }
    throw new RtmfpError("ADDRESS_IN_USE", `every ephemeral port of ${ip} is taken`);
  }

  #at(port: number): ReadonlySet<Entry> {
    return this.#entries.get(port) ?? NONE;
  }
}

const NONE: ReadonlySet<never> = new Set();

/** Is `ip` what a socket bound to `local` has: the same, or one of the family of its wildcard? */
export function covers(local: string, ip: string): boolean {
  return local === ip || local === (isV6(ip) ? "::" : "0.0.0.0");
}

/** The dynamic ports of RFC 6335 §6. */
const EPHEMERAL_FIRST = 49_152;
const EPHEMERAL_LAST = 65_535;

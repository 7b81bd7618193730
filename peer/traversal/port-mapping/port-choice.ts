import { LEASE_SECONDS } from "./lease.ts";
import { UpnpError } from "./soap.ts";

/** Which external port to ask a UPnP router for, and for how long, after what it refused so far. */
export class PortChoice {
  readonly #internalPort: number;
  readonly #random: (length: number) => Uint8Array;
  #externalPort: number;
  #leaseSeconds = LEASE_SECONDS;
  #tries = 0;

  constructor(internalPort: number, random: (length: number) => Uint8Array) {
    this.#internalPort = internalPort;
    this.#externalPort = internalPort;
    this.#random = random;
  }

  get externalPort(): number {
    return this.#externalPort;
  }

  /** 0: until it is deleted. */
  get leaseSeconds(): number {
    return this.#leaseSeconds;
  }

  /** The router answered with an error: is there something else to try? */
  change(code: number): boolean {
    this.#tries += 1;
    if (this.#tries >= MAX_TRIES) return false;
    switch (code) {
      case UpnpError.conflictInMappingEntry:
      case UpnpError.conflictWithOtherMechanisms:
        this.#externalPort = this.#anyPort();
        return true;
      case UpnpError.samePortValuesRequired: {
        const wasOther = this.#externalPort !== this.#internalPort;
        this.#externalPort = this.#internalPort;
        return wasOther;
      }
      default: {
        // 725 in the standard; routers have said 402, 501 and others where they mean it.
        const wasLimited = this.#leaseSeconds > 0;
        this.#leaseSeconds = 0;
        return wasLimited;
      }
    }
  }

  /** One that no service of the router itself has. */
  #anyPort(): number {
    const [high = 0, low = 0] = this.#random(2);
    return FIRST_PORT + (((high << 8) | low) % (LAST_PORT - FIRST_PORT + 1));
  }
}

/** Ports in a row that are all taken by others are no accident. */
const MAX_TRIES = 5;
/** The dynamic ports of RFC 6335 §6. */
const FIRST_PORT = 49_152;
const LAST_PORT = 65_535;

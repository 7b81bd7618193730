import type { Driver } from "../../protocol/driver.ts";
import type { Io, Link } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { isRelayAddress, relayAddress } from "../../protocol/wire/relay-address.ts";
import type { Lab } from "../lab/index.ts";
import type { Station } from "./station.ts";

/** A relay without anything around it: carries datagrams between the stations that attach to it. */
export class Tunnel {
  readonly #io: Io;
  readonly #ends = new Map<string, (bytes: Uint8Array, from: Address) => void>();
  /** One way, ms. */
  delayMs = 20;
  carried = 0;

  constructor(lab: Lab) {
    this.#io = lab.host("10.255.255.255").io;
  }

  attach(station: Station, isVouched = true): Promise<Link> {
    const address = tunnelAddress(station);
    return this.#attach(station.driver, address, isVouched);
  }

  #attach(driver: Driver, address: Address, isVouched: boolean): Promise<Link> {
    return driver.attach(
      async (receive) => {
        this.#ends.set(address.ip, receive);
        return {
          address,
          send: (bytes, to) => this.#send(bytes, address, to),
          close: async () => void this.#ends.delete(address.ip),
        };
      },
      { reaches: isRelayAddress, rank: -1, isVouched },
    );
  }

  #send(bytes: Uint8Array, from: Address, to: Address): void {
    this.carried += 1;
    const arrive = this.#io.alarm(() => this.#ends.get(to.ip)?.(bytes, from));
    arrive.set(this.#io.now() + this.delayMs);
  }
}

/** Where a station is for others on the tunnel. */
export function tunnelAddress(station: Station): Address {
  return relayAddress(station.identity.certificate.fingerprint);
}

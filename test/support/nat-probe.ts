import type { Link } from "../../protocol/io.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import type { Dependence, Host, Lab } from "../lab/index.ts";

/** What one learns of a NAT from outside, as RFC 5780 does. */
export interface Finding {
  readonly mapping: Dependence;
  readonly filtering: Dependence;
  /** Outside ports of one inside port toward one far end after another. */
  readonly ports: readonly number[];
}

const FIRST = "198.51.100.10";
const SECOND = "198.51.100.11";

/** A server with two addresses and two ports that tells who asks, and answers from where it is told. */
export class NatProbe {
  readonly #lab: Lab;
  readonly #links = new Map<string, Link>();
  #seen: Address | undefined;

  private constructor(lab: Lab) {
    this.#lab = lab;
  }

  static async start(lab: Lab): Promise<NatProbe> {
    const probe = new NatProbe(lab);
    const host = lab.host(FIRST, { also: [SECOND] });
    for (const ip of [FIRST, SECOND]) {
      for (const port of [3478, 3479]) {
        const link = await host.io.bind({ ip, port }, (_, from) => {
          probe.#seen = from;
        });
        probe.#links.set(formatAddress({ ip, port }), link);
      }
    }
    return probe;
  }

  /** The outside address from which `link` speaks to one of the server's, if it gets there. */
  async map(link: Link, to: Address): Promise<Address | undefined> {
    this.#seen = undefined;
    link.send(Uint8Array.of(1), to);
    await this.#lab.advance(100);
    return this.#seen;
  }

  async classify(host: Host, localPort: number): Promise<Finding> {
    const link = await host.io.bind({ ip: "0.0.0.0", port: localPort }, () => {});
    const ports: number[] = [];
    for (const to of TARGETS) ports.push((await this.map(link, to))?.port ?? 0);
    await link.close();
    const [one, other, third] = ports;
    const hasOtherPort = one === other ? "address-dependent" : "address-and-port-dependent";
    const mapping = one === other && other === third ? "endpoint-independent" : hasOtherPort;
    return { mapping, filtering: await this.#filtering(host, localPort + 1), ports };
  }

  /** Who may answer to what was sent to one address of the server. */
  async #filtering(host: Host, localPort: number): Promise<Dependence> {
    const heard = new Set<string>();
    const link = await host.io.bind({ ip: "0.0.0.0", port: localPort }, (_, from) =>
      heard.add(formatAddress(from)),
    );
    const [first, otherPort, otherIp] = TARGETS as [Address, Address, Address];
    const outside = await this.map(link, first);
    for (const from of [otherIp, otherPort]) {
      if (outside) this.#links.get(formatAddress(from))?.send(Uint8Array.of(2), outside);
      await this.#lab.advance(100);
      if (!heard.has(formatAddress(from))) continue;
      return from === otherIp ? "endpoint-independent" : "address-dependent";
    }
    return "address-and-port-dependent";
  }
}

/** One address, its other port, then the other address. */
export const TARGETS: readonly Address[] = [
  { ip: FIRST, port: 3478 },
  { ip: FIRST, port: 3479 },
  { ip: SECOND, port: 3478 },
  { ip: SECOND, port: 3479 },
];

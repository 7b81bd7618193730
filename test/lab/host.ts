import { RtmfpError } from "../../protocol/errors.ts";
import type { Alarm, Io, Link } from "../../protocol/io.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import type { Line } from "./line.ts";
import type { Prng } from "./prng.ts";

type Receive = (bytes: Uint8Array, from: Address) => void;

/** What a host asks of the lab it stands in. */
export interface Surroundings {
  now(): number;
  alarm(ring: () => void): Alarm;
  send(host: Host, from: Address, to: Address, bytes: Uint8Array): void;
}

/** A machine with one IP address in the lab. */
export class Host {
  readonly ip: string;
  /** The host's access line towards the network, shared by all it sends. */
  readonly up: Line;
  /** The host's access line from the network, shared by all it receives. */
  readonly down: Line;
  /** The world as a program on this host sees it: give it to a driver. */
  readonly io: Io;
  readonly #lab: Surroundings;
  readonly #sockets = new Map<number, Receive>();
  #nextPort = EPHEMERAL_FIRST;

  constructor(lab: Surroundings, ip: string, random: Prng, up: Line, down: Line) {
    this.#lab = lab;
    this.ip = ip;
    this.up = up;
    this.down = down;
    this.io = {
      now: () => lab.now(),
      random: (length) => random.bytes(length),
      alarm: (ring) => lab.alarm(ring),
      bind: async (local, receive) => this.#bind(local, receive),
    };
  }

  /** Who is bound to `port`, if anyone. */
  listener(port: number): Receive | undefined {
    return this.#sockets.get(port);
  }

  #bind(local: Address, receive: Receive): Link {
    if (local.ip !== this.ip && local.ip !== this.#wildcard) {
      throw new RtmfpError("UNREACHABLE", `${this.ip} has no address ${local.ip}`);
    }
    const port = local.port === 0 ? this.#freePort() : local.port;
    const address = { ip: local.ip, port };
    if (this.#sockets.has(port)) {
      throw new RtmfpError("ADDRESS_IN_USE", `${formatAddress(address)} is taken on ${this.ip}`);
    }
    // A socket of its own, so that closing twice never closes a successor on the same port.
    const socket: Receive = (bytes, from) => receive(bytes, from);
    this.#sockets.set(port, socket);
    const isOpen = (): boolean => this.#sockets.get(port) === socket;
    return {
      address,
      send: (bytes, to) => {
        if (isOpen()) this.#lab.send(this, { ip: this.ip, port }, to, bytes);
      },
      close: async () => {
        if (isOpen()) this.#sockets.delete(port);
      },
    };
  }

  get #wildcard(): string {
    return this.ip.includes(":") ? "::" : "0.0.0.0";
  }

  /** Ports go round, so that a port just closed is not the next one given. */
  #freePort(): number {
    for (let tries = EPHEMERAL_FIRST; tries <= EPHEMERAL_LAST; tries += 1) {
      const port = this.#nextPort;
      this.#nextPort = port === EPHEMERAL_LAST ? EPHEMERAL_FIRST : port + 1;
      if (!this.#sockets.has(port)) return port;
    }
    throw new RtmfpError("ADDRESS_IN_USE", `every ephemeral port is taken on ${this.ip}`);
  }
}

/** The dynamic ports of RFC 6335 §6. */
const EPHEMERAL_FIRST = 49_152;
const EPHEMERAL_LAST = 65_535;

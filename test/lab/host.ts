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
  /** `host` has the address `to` in place of `from`. Throws RangeError if it is taken. */
  move(host: Host, from: string, to: string): void;
}

interface Socket {
  local: Address;
  readonly receive: Receive;
}

/** A machine in the lab, with one IP address or several. */
export class Host {
  /** The host's access line towards the network, shared by all it sends. */
  readonly up: Line;
  /** The host's access line from the network, shared by all it receives. */
  readonly down: Line;
  /** The world as a program on this host sees it: give it to a driver. */
  readonly io: Io;
  readonly #lab: Surroundings;
  readonly #ips: string[];
  /** By their ports: one a port and address. */
  readonly #sockets = new Map<number, Set<Socket>>();
  #nextPort = EPHEMERAL_FIRST;

  constructor(lab: Surroundings, ips: readonly string[], random: Prng, up: Line, down: Line) {
    this.#lab = lab;
    this.#ips = [...ips];
    this.up = up;
    this.down = down;
    this.io = {
      now: () => lab.now(),
      random: (length) => random.bytes(length),
      alarm: (ring) => lab.alarm(ring),
      bind: async (local, receive) => this.#bind(local, receive),
    };
  }

  /** Its first address. */
  get ip(): string {
    return this.#ips[0] ?? "";
  }

  /**
   * The network gives the host the address `ip` in place of `from`. Its sockets stay open and send
   * from there, as behind a NAT that has restarted; what is under way to the old address is lost.
   * Throws RangeError if the address is taken, or `from` not the host's.
   */
  move(ip: string, from: string = this.ip): void {
    const index = this.#ips.indexOf(from);
    if (index < 0) throw new RangeError(`${this.ip} has no address ${from}`);
    this.#lab.move(this, from, ip);
    this.#ips[index] = ip;
    for (const [port, sockets] of this.#sockets) {
      for (const socket of sockets) if (socket.local.ip === from) socket.local = { ip, port };
    }
  }

  /** Who is bound to the address, if anyone. */
  listener(to: Address): Receive | undefined {
    for (const { local, receive } of this.#at(to.port)) if (covers(local.ip, to.ip)) return receive;
    return undefined;
  }

  #bind(wanted: Address, receive: Receive): Link {
    if (!this.#ips.some((ip) => covers(wanted.ip, ip))) {
      throw new RtmfpError("UNREACHABLE", `${this.ip} has no address ${wanted.ip}`);
    }
    const port = wanted.port === 0 ? this.#freePort(wanted.ip) : wanted.port;
    const local = { ip: wanted.ip, port };
    if (this.#isTaken(local)) {
      throw new RtmfpError("ADDRESS_IN_USE", `${formatAddress(local)} is taken on ${this.ip}`);
    }
    const socket: Socket = { local, receive };
    this.#sockets.set(port, new Set([...this.#at(port), socket]));
    return {
      get address() {
        return socket.local;
      },
      send: (bytes, to) => this.#send(socket, bytes, to),
      close: async () => void this.#sockets.get(port)?.delete(socket),
    };
  }

  /** A socket on every interface sends from the first address of the family. */
  #send(socket: Socket, bytes: Uint8Array, to: Address): void {
    const { local } = socket;
    const source = this.#ips.find((ip) => covers(local.ip, ip) && isV6(ip) === isV6(to.ip));
    if (!this.#at(local.port).has(socket) || source === undefined) return;
    this.#lab.send(this, { ip: source, port: local.port }, to, bytes);
  }

  #isTaken(wanted: Address): boolean {
    for (const { local } of this.#at(wanted.port)) {
      if (covers(local.ip, wanted.ip) || covers(wanted.ip, local.ip)) return true;
    }
    return false;
  }

  #at(port: number): ReadonlySet<Socket> {
    return this.#sockets.get(port) ?? NONE;
  }

  /** Ports go round, so that a port just closed is not the next one given. */
  #freePort(ip: string): number {
    for (let tries = EPHEMERAL_FIRST; tries <= EPHEMERAL_LAST; tries += 1) {
      const port = this.#nextPort;
      this.#nextPort = port === EPHEMERAL_LAST ? EPHEMERAL_FIRST : port + 1;
      if (!this.#isTaken({ ip, port })) return port;
    }
    throw new RtmfpError("ADDRESS_IN_USE", `every ephemeral port is taken on ${this.ip}`);
  }
}

const NONE: ReadonlySet<Socket> = new Set();

/** Is `ip` what a socket bound to `local` has: the same, or one of the family of its wildcard? */
function covers(local: string, ip: string): boolean {
  return local === ip || local === (isV6(ip) ? "::" : "0.0.0.0");
}

function isV6(ip: string): boolean {
  return ip.includes(":");
}

/** The dynamic ports of RFC 6335 §6. */
const EPHEMERAL_FIRST = 49_152;
const EPHEMERAL_LAST = 65_535;

import { RtmfpError } from "../../protocol/errors.ts";
import type { Io, Link } from "../../protocol/io.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import { type Datagram, DEFAULT_HOPS, isV6, type World } from "./datagram.ts";
import type { Line } from "./line.ts";
import type { Network, Station } from "./network.ts";
import { type Bound, covers, PortTable } from "./port-table.ts";
import type { Prng } from "./prng.ts";
import type { TcpSocket } from "./tcp/socket.ts";
import { type AcceptTcp, type TcpListener, type TcpOptions, TcpStack } from "./tcp/stack.ts";

type Receive = (bytes: Uint8Array, from: Address) => void;

interface Socket extends Bound {
  local: Address;
  readonly receive: Receive;
}

/** What a host is on one network. */
interface Interface extends Station {
  readonly network: Network;
  readonly ips: string[];
}

/** What passes a host's access line: what it sends, and what arrives, wanted or not. */
export type HostTap = (at: number, direction: "out" | "in", datagram: Datagram) => void;

/** A machine in the lab, with one IP address or several, on one network or several. */
export class Host {
  /** The world as a program on this host sees it: give it to a driver. */
  readonly io: Io;
  readonly #world: World;
  readonly #interfaces: Interface[] = [];
  readonly #sockets = new PortTable<Socket>();
  readonly #taps = new Set<HostTap>();
  readonly #tcp: TcpStack;

  constructor(world: World, random: Prng) {
    this.#world = world;
    this.#tcp = new TcpStack(world, (segment) => this.#emit(segment));
    this.io = {
      now: () => world.now(),
      random: (length) => random.bytes(length),
      alarm: (ring) => world.alarm(ring),
      bind: async (local, receive) => this.#bind(local, receive),
    };
  }

  /** Its first address. */
  get ip(): string {
    return this.ips[0] ?? "";
  }

  /** All its addresses, in the order in which it got them. */
  get ips(): readonly string[] {
    return this.#interfaces.flatMap(({ ips }) => ips);
  }

  /** The access line towards its first network, shared by all it sends there. */
  get up(): Line {
    return this.#first.up;
  }

  /** The access line from its first network, shared by all it receives there. */
  get down(): Line {
    return this.#first.down;
  }

  /**
   * The network gives the host the address `ip` in place of `from`. Its sockets stay open and send
   * from there, as behind a NAT that has restarted; what is under way to the old address is lost.
   * Throws RangeError if the address is taken, or `from` not the host's.
   */
  move(ip: string, from: string = this.ip): void {
    const at = this.#at(from);
    if (!at) throw new RangeError(`${this.ip} has no address ${from}`);
    at.network.claim(ip, at);
    at.network.release(from);
    at.ips[at.ips.indexOf(from)] = ip;
    for (const socket of this.#sockets.all()) {
      if (socket.local.ip === from) socket.local = { ip, port: socket.local.port };
    }
  }

  /**
   * Leaves the network on which it has the address `ip`. Sockets bound there stay open and reach
   * nobody. Throws RangeError if the address is not the host's.
   */
  leave(ip: string): void {
    const at = this.#at(ip);
    if (!at) throw new RangeError(`${this.ip} has no address ${ip}`);
    for (const one of at.ips) at.network.release(one);
    this.#interfaces.splice(this.#interfaces.indexOf(at), 1);
  }

  /** Accepts TCP connections on every address; port 0 lets the host choose. Throws `ADDRESS_IN_USE`. */
  listenTcp(port: number, accept: AcceptTcp): TcpListener {
    return this.#tcp.listen(port, accept);
  }

  /**
   * Connects over TCP. When two hosts dial each other from the ports at which they are dialled, one
   * connection comes of it: simultaneous open. Rejects with `UNREACHABLE` when refused or without
   * a way, `TIMEOUT` after 127 s without an answer, `ADDRESS_IN_USE`, or the signal's reason.
   */
  async connectTcp(to: Address, options: TcpOptions = {}): Promise<TcpSocket> {
    const ip = options.localIp ?? this.ips.find((one) => isV6(one) === isV6(to.ip));
    if (ip === undefined || !this.ips.includes(ip)) {
      throw new RtmfpError("UNREACHABLE", `${this.ip} has no way to ${formatAddress(to)}`);
    }
    return this.#tcp.connect(ip, to, options);
  }

  /** Who is bound to the address, if anyone. */
  listener(to: Address): Receive | undefined {
    return this.#sockets.find(to)?.receive;
  }

  /** Tells `tap` what passes the access lines. Answers a function that ends it. */
  tap(tap: HostTap): () => void {
    this.#taps.add(tap);
    return () => void this.#taps.delete(tap);
  }

  /** For `Network.attach`: the host's part of a new interface. */
  join(
    network: Network,
    ips: readonly string[],
    lines: { readonly up: Line; readonly down: Line },
  ): Station {
    const added: Interface = {
      ...lines,
      network,
      ips: [...ips],
      take: (datagram) => this.#take(added, datagram),
    };
    this.#interfaces.push(added);
    return added;
  }

  get #first(): Interface {
    const [first] = this.#interfaces;
    if (!first) throw new RangeError("the host is on no network");
    return first;
  }

  #at(ip: string): Interface | undefined {
    return this.#interfaces.find(({ ips }) => ips.includes(ip));
  }

  #bind(wanted: Address, receive: Receive): Link {
    if (!this.ips.some((ip) => covers(wanted.ip, ip))) {
      throw new RtmfpError("UNREACHABLE", `${this.ip} has no address ${wanted.ip}`);
    }
    const port = wanted.port === 0 ? this.#sockets.freePort(wanted.ip) : wanted.port;
    const local = { ip: wanted.ip, port };
    if (this.#sockets.isTaken(local)) {
      throw new RtmfpError("ADDRESS_IN_USE", `${formatAddress(local)} is taken on ${this.ip}`);
    }
    const socket: Socket = { local, receive };
    this.#sockets.add(socket);
    return {
      get address() {
        return socket.local;
      },
      send: (bytes, to, ttlHops = DEFAULT_HOPS) => {
        if (this.#sockets.has(socket)) this.#send(socket.local, to, bytes, ttlHops);
      },
      close: async () => this.#sockets.remove(socket),
    };
  }

  /** A socket on every interface sends from the first address of the family. */
  #send(local: Address, to: Address, bytes: Uint8Array, hops: number): void {
    const source = this.ips.find((ip) => covers(local.ip, ip) && isV6(ip) === isV6(to.ip));
    if (source === undefined) return;
    const from = { ip: source, port: local.port };
    this.#emit({ from, to, bytes: bytes.slice(), hops });
  }

  #emit(unnumbered: Omit<Datagram, "index">): void {
    const at = this.#at(unnumbered.from.ip);
    const datagram = at && this.#world.issue(unnumbered);
    if (!datagram) return;
    this.#tell("out", datagram);
    at.network.carry(at, datagram);
  }

  /** The host may have moved away while the datagram was under way. */
  #take(at: Interface, datagram: Datagram): void {
    const isThere = at.network.has(at, datagram.to.ip);
    if (isThere) this.#tell("in", datagram);
    const deliver = isThere ? this.#receiver(datagram) : undefined;
    this.#world.note(datagram, deliver ? "delivered" : "unreachable");
    deliver?.();
  }

  #receiver(datagram: Datagram): (() => void) | undefined {
    if (datagram.tcp) return () => this.#tcp.take(datagram);
    const socket = this.#sockets.find(datagram.to);
    if (!socket) return undefined;
    return () => this.#world.callOut(() => socket.receive(datagram.bytes, datagram.from));
  }

  #tell(direction: "out" | "in", datagram: Datagram): void {
    for (const tap of this.#taps) tap(this.#world.now(), direction, datagram);
  }
}

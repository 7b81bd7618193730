import { RtmfpError } from "../../../protocol/errors.ts";
import { type Address, formatAddress } from "../../../protocol/wire/address.ts";
import { type Datagram, DEFAULT_HOPS, type World } from "../datagram.ts";
import { type Bound, PortTable } from "../port-table.ts";
import { isReset, resetFor, TcpFlag } from "./segment.ts";
import { type SocketPort, TcpSocket } from "./socket.ts";

export interface TcpOptions {
  /** Where to connect from; a free port by default. Several connections may share one. */
  readonly localPort?: number | undefined;
  /** The host's first address of the family by default. */
  readonly localIp?: string | undefined;
  /** Gives up, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Accepts connections until it is closed. */
export interface TcpListener {
  readonly port: number;
  close(): void;
}

export type AcceptTcp = (socket: TcpSocket) => void;

interface Listening extends Bound {
  readonly accept: AcceptTcp;
}

interface Opening {
  readonly opened: (socket: TcpSocket) => void;
  readonly ended: (error: RtmfpError | undefined) => void;
}

/** The TCP of one host. */
export class TcpStack {
  readonly #world: World;
  readonly #emit: (segment: Omit<Datagram, "index">) => void;
  readonly #listeners = new PortTable<Listening>();
  readonly #sockets = new Map<string, TcpSocket>();
  /** Connections by local port: how many. */
  readonly #ports = new Map<number, number>();

  constructor(world: World, emit: (segment: Omit<Datagram, "index">) => void) {
    this.#world = world;
    this.#emit = emit;
  }

  /** Accepts on every address of the host. Throws `ADDRESS_IN_USE`. */
  listen(port: number, accept: AcceptTcp): TcpListener {
    const chosen = port === 0 ? this.#freePort(ANY_V4) : port;
    const entries = [ANY_V4, ANY_V6].map((ip) => ({ local: { ip, port: chosen }, accept }));
    if (this.#ports.has(chosen) || entries.some(({ local }) => this.#listeners.isTaken(local))) {
      throw new RtmfpError("ADDRESS_IN_USE", `TCP port ${chosen} is in use`);
    }
    for (const entry of entries) this.#listeners.add(entry);
    return {
      port: chosen,
      close: () => {
        for (const entry of entries) this.#listeners.remove(entry);
      },
    };
  }

  async connect(localIp: string, to: Address, options: TcpOptions): Promise<TcpSocket> {
    const { signal } = options;
    signal?.throwIfAborted();
    const local = { ip: localIp, port: options.localPort ?? this.#freePort(localIp) };
    if (this.#listeners.isTaken(local) || this.#sockets.has(tuple(local, to))) {
      throw new RtmfpError("ADDRESS_IN_USE", `TCP ${formatAddress(local)} is in use`);
    }
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(signal?.reason);
        socket.destroy();
      };
      const socket = this.#socket(local, to, true, {
        opened: (open) => {
          signal?.removeEventListener("abort", abort);
          this.#world.callOut(() => resolve(open));
        },
        ended: (error) => {
          signal?.removeEventListener("abort", abort);
          this.#world.callOut(() => reject(error));
        },
      });
      signal?.addEventListener("abort", abort);
    });
  }

  /** A segment has arrived. If nobody wants it, the sender hears RST. */
  take(segment: Datagram): void {
    const { from, to, bytes, tcp } = segment;
    if (!tcp) return;
    const socket = this.#sockets.get(tuple(to, from)) ?? this.#accept(segment);
    if (socket) socket.receive(tcp, bytes);
    else if (!isReset(segment)) this.#emit(resetFor(segment));
  }

  #accept({ from, to, tcp }: Datagram): TcpSocket | undefined {
    const listening = this.#listeners.find(to);
    if (!tcp || !listening || tcp.flags !== TcpFlag.syn) return undefined;
    return this.#socket(to, from, false, {
      opened: (socket) => this.#world.callOut(() => listening.accept(socket)),
      ended: () => {},
    });
  }

  #socket(local: Address, remote: Address, isActive: boolean, opening: Opening): TcpSocket {
    const key = tuple(local, remote);
    const port: SocketPort = {
      now: () => this.#world.now(),
      alarm: (ring) => this.#world.alarm(ring),
      callOut: (call) => this.#world.callOut(call),
      transmit: (tcp, bytes) => {
        this.#emit({ from: local, to: remote, bytes, hops: DEFAULT_HOPS, tcp });
      },
      opened: opening.opened,
      ended: (error) => {
        this.#sockets.delete(key);
        this.#count(local.port, -1);
        opening.ended(error);
      },
    };
    this.#count(local.port, 1);
    const socket = new TcpSocket(port, local, remote, isActive);
    this.#sockets.set(key, socket);
    return socket;
  }

  #count(port: number, change: number): void {
    const count = (this.#ports.get(port) ?? 0) + change;
    if (count === 0) this.#ports.delete(port);
    else this.#ports.set(port, count);
  }

  #freePort(ip: string): number {
    return this.#listeners.freePort(ip, ({ port }) => this.#ports.has(port));
  }
}

function tuple(local: Address, remote: Address): string {
  return `${formatAddress(local)} ${formatAddress(remote)}`;
}

const ANY_V4 = "0.0.0.0";
const ANY_V6 = "::";

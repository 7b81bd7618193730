import type { Driver } from "../../protocol/driver.ts";
import type { Io, Link } from "../../protocol/io.ts";
import type { LinkId } from "../../protocol/session/events.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { IHello } from "../../protocol/wire/chunks/ihello.ts";
import type { SocketId } from "../traversal/address-queries.ts";
import { MAIN_SOCKET, type OpenedSocket } from "../traversal/nat-discovery.ts";

interface ExtraSocket {
  readonly id: SocketId;
  readonly link: Link;
  /** Nothing goes out here but what is asked for by name: else every hello would, 256 times. */
  isAddressed: boolean;
}

/** The sockets of a peer as traversal numbers them: 0 are the main ones, others come and go. */
export class TraversalSockets {
  readonly #driver: Driver;
  readonly #io: Io;
  readonly #mainLinks: () => readonly Link[];
  readonly #anyIp: string;
  /** BOUNDED: by the attempts under way and the sessions. */
  readonly #extra = new Map<SocketId, ExtraSocket>();
  #nextId = MAIN_SOCKET + 1;

  /** `anyIp`: what the others are bound to, "0.0.0.0" or "::". */
  constructor(driver: Driver, io: Io, mainLinks: () => readonly Link[], anyIp = "0.0.0.0") {
    this.#driver = driver;
    this.#io = io;
    this.#mainLinks = mainLinks;
    this.#anyIp = anyIp;
  }

  /** Ports of the main sockets. */
  get mainPorts(): { readonly v4: number | undefined; readonly v6: number | undefined } {
    return {
      v4: this.#mainLink(false)?.address.port,
      v6: this.#mainLink(true)?.address.port,
    };
  }

  /** Opens up to `count` more; fewer if the system has no more. */
  async open(count: number): Promise<OpenedSocket[]> {
    const attempts = await Promise.allSettled(Array.from({ length: count }, () => this.#open()));
    return attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
  }

  /** Closes some of those that were opened. */
  close(sockets: readonly SocketId[]): void {
    for (const id of sockets) {
      const socket = this.#extra.get(id);
      this.#extra.delete(id);
      if (socket) void this.#driver.unbind(socket.link);
    }
  }

  closeAll(): void {
    this.close([...this.#extra.keys()]);
  }

  /** The link by which a socket reaches `to`; undefined: it is closed, or of the other family. */
  linkTo(socket: SocketId, to: Address): LinkId | undefined {
    const link = this.#link(socket, to);
    return link && this.#driver.idOf(link);
  }

  /** Which socket a link is; undefined: the relay, or none of ours. */
  socketOf(id: LinkId): SocketId | undefined {
    for (const link of this.#mainLinks()) if (this.#driver.idOf(link) === id) return MAIN_SOCKET;
    for (const socket of this.#extra.values()) {
      if (this.#driver.idOf(socket.link) === id) return socket.id;
    }
    return undefined;
  }

  /** Sends a datagram that ends after `ttlHops` hops. */
  sendOpener(socket: SocketId, to: Address, ttlHops: number): void {
    this.#link(socket, to)?.send(OPENER, to, ttlHops);
  }

  /** Sends one IHello. */
  sendHello(socket: SocketId, to: Address, hello: IHello): void {
    const link = this.linkTo(socket, to);
    if (link === undefined) return;
    const extra = this.#extra.get(socket);
    if (extra) extra.isAddressed = true;
    this.#driver.turn((now) => {
      this.#driver.endpoint.startupSender.hello({ link, address: to }, hello, now);
    });
    if (extra) extra.isAddressed = false;
  }

  async #open(): Promise<OpenedSocket> {
    const id = this.#nextId;
    this.#nextId += 1;
    const open = (receive: (bytes: Uint8Array, from: Address) => void): Promise<Link> =>
      this.#io.bind({ ip: this.#anyIp, port: 0 }, receive);
    const reaches = (): boolean => this.#extra.get(id)?.isAddressed ?? false;
    const link = await this.#driver.attach(open, { reaches });
    this.#extra.set(id, { id, link, isAddressed: false });
    return { id, port: link.address.port };
  }

  #link(socket: SocketId, to: Address): Link | undefined {
    const isV6 = to.ip.includes(":");
    if (socket === MAIN_SOCKET) return this.#mainLink(isV6);
    return this.#anyIp.includes(":") === isV6 ? this.#extra.get(socket)?.link : undefined;
  }

  #mainLink(isV6: boolean): Link | undefined {
    return this.#mainLinks().find(({ address }) => address.ip.includes(":") === isV6);
  }
}

/** Nobody is to read it; whoever does finds no packet. */
const OPENER: Uint8Array = new Uint8Array(4);

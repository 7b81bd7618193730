import { createSocket } from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { RtmfpError } from "../errors.ts";
import type { Alarm, Io, Link, Receive } from "../io.ts";
import { SAME_MACHINE_DATAGRAM_BYTES } from "../params.ts";
import { type Address, formatAddress } from "../wire/address.ts";
import { DatagramReceiver } from "./datagram-receiver.ts";
import { DatagramSender } from "./datagram-sender.ts";
import { random } from "./random.ts";

/** The real world: UDP sockets, `performance.now`, one `setTimeout`, OpenSSL's generator. */
export const nodeIo: Io = {
  now: () => performance.now(),
  random,
  alarm: (ring) => new TimerAlarm(ring),
  bind,
};

/**
 * Moving an alarm to a later time is free: the timer that is running rings first and then waits for
 * the rest. Sessions move theirs with every packet, always forward.
 */
class TimerAlarm implements Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #at = Number.POSITIVE_INFINITY;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  set(at: number): void {
    this.#at = at;
    if (at === Number.POSITIVE_INFINITY) this.#stop();
    else if (at < this.#timerAt) this.#start();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timerAt = this.#at;
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, this.#at - performance.now()));
    this.#timer = setTimeout(() => this.#elapsed(), delayMs);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #elapsed(): void {
    this.#stop();
    if (performance.now() < this.#at) {
      this.#start();
      return;
    }
    this.#at = Number.POSITIVE_INFINITY;
    this.#ring();
  }
}

async function bind(local: Address, receive: Receive): Promise<Link> {
  const isV6 = local.ip.includes(":");
  const socket = createSocket({
    type: isV6 ? "udp6" : "udp4",
    ipv6Only: isV6,
    recvBufferSize: SOCKET_BUFFER_BYTES,
    sendBufferSize: SOCKET_BUFFER_BYTES,
    lookup: lookupOf(isV6 ? 6 : 4),
  });
  const receiver = new DatagramReceiver(receive);
  socket.on("message", (bytes, { address, port }) => receiver.take(bytes, { ip: address, port }));
  try {
    const listening = once(socket, "listening");
    socket.bind({ address: local.ip, port: local.port });
    await listening;
  } catch (error) {
    socket.close();
    throw bindError(error, "UDP", local);
  }
  // An ICMP error about one destination must not end the socket: that datagram is lost, no more.
  socket.on("error", () => undefined);
  const bound = socket.address();
  // Not `once` of node:events, which rejects when there is an error meanwhile.
  const closed = new Promise<void>((resolve) => socket.once("close", resolve));
  let isClosed = false;
  const sender = new DatagramSender(socket);
  return {
    address: { ip: bound.address, port: bound.port },
    send(bytes, to, ttlHops) {
      // Anybody can write port 0 into a source address; Node throws at it.
      if (!isClosed && to.port !== 0) sender.send(bytes, to, ttlHops);
    },
    maxDatagramBytes: ({ ip }) => (isOwn(ip) ? SAME_MACHINE_DATAGRAM_BYTES : undefined),
    async close() {
      const isFirst = !isClosed;
      isClosed = true;
      receiver.clear();
      // What was sent before still goes out.
      if (isFirst) await sender.drain();
      if (isFirst) socket.close();
      await closed;
    },
  };
}

/**
 * Ours are addresses already. Answering at once saves a fifth of what a datagram costs: otherwise Node
 * asks its resolver for each, and sends it in a later tick.
 */
function lookupOf(family: 4 | 6): Lookup {
  return (ip, _options, found) => found(null, ip, family);
}

type Lookup = (
  ip: string,
  options: unknown,
  found: (error: Error | null, address: string, family: number) => void,
) => void;

/** Datagrams to one of our own addresses do not leave the machine. */
function isOwn(ip: string): boolean {
  return Object.values(networkInterfaces()).some((interfaces) =>
    interfaces?.some(({ address }) => address === ip),
  );
}

/** Why a socket could not be bound: `ADDRESS_IN_USE` or `UNREACHABLE`. */
export function bindError(cause: unknown, protocol: "UDP" | "TCP", local: Address): RtmfpError {
  const isInUse = (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
  return isInUse
    ? new RtmfpError("ADDRESS_IN_USE", `${protocol} port ${local.port} is in use`, { cause })
    : new RtmfpError("UNREACHABLE", `cannot bind ${protocol} ${formatAddress(local)}`, { cause });
}

/** setTimeout counts in 31 bits. */
const MAX_DELAY_MS = 0x7fff_ffff;
/** A burst of a keyframe or of many peers must fit; the system may grant less. */
const SOCKET_BUFFER_BYTES = 4_194_304;

import type { Address } from "../wire/address.ts";
import { noteBuffers } from "./young-buffers.ts";

/** What a `DatagramSender` needs of a `node:dgram` socket. */
export interface TtlSocket {
  send(bytes: Uint8Array, port: number, ip: string, taken: () => void): void;
  setTTL(hops: number): unknown;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly to: Address;
  readonly hops: number;
}

/**
 * Sends in order, each datagram with its own time to live. Node sets that per socket and sends later:
 * datagrams of another time to live wait until the system has taken all before them.
 */
export class DatagramSender {
  readonly #socket: TtlSocket;
  /** Tells that the system has taken everything. */
  readonly #onIdle: () => void;
  #waiting: Waiting[] = [];
  /** Datagrams that the system has not taken yet. */
  #pending = 0;
  #hops = SYSTEM_HOPS;

  constructor(socket: TtlSocket, onIdle: () => void) {
    this.#socket = socket;
    this.#onIdle = onIdle;
  }

  get isIdle(): boolean {
    return this.#pending === 0 && this.#waiting.length === 0;
  }

  send(bytes: Uint8Array, to: Address, hops: number = SYSTEM_HOPS): void {
    if (this.#waiting.length > 0 || !this.#canSend(hops)) this.#waiting.push({ bytes, to, hops });
    else this.#pass(bytes, to, hops);
  }

  #canSend(hops: number): boolean {
    return hops === this.#hops || this.#pending === 0;
  }

  #pass(bytes: Uint8Array, to: Address, hops: number): void {
    if (hops !== this.#hops) this.#socket.setTTL(hops);
    this.#hops = hops;
    this.#pending += 1;
    noteBuffers(bytes.length);
    this.#socket.send(bytes, to.port, to.ip, this.#taken);
  }

  readonly #taken = (): void => {
    this.#pending -= 1;
    let sent = 0;
    for (const { bytes, to, hops } of this.#waiting) {
      if (!this.#canSend(hops)) break;
      this.#pass(bytes, to, hops);
      sent += 1;
    }
    if (sent > 0) this.#waiting = this.#waiting.slice(sent);
    if (this.isIdle) this.#onIdle();
  };
}

/** Node cannot ask for the system's default; this is that of Linux, macOS and RFC 1700. */
const SYSTEM_HOPS = 64;
